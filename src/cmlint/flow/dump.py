"""The graph of a manager as text, for people and for recorded cases: a line a node, in source order.

`7  call sub_proc.start()  -> 6, raises Exception 1, BaseException 1` is node 7; 0 is the return exit and 1 the unwind
exit.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.lowering.graph import RETURN_EXIT, UNWIND_EXIT, Edge, Graph, Node, Way
from cmlint.flow.paths.leaks import Leak


def dump(graph: Graph, leaks: tuple[Leak, ...]) -> str:
    """The graph, then what is lost."""
    return "".join(f"{line}\n" for line in (*_nodes(graph), *_leaks(leaks)))


def _nodes(graph: Graph) -> Iterator[str]:
    yield f"entry {graph.entry}"
    for number, node in enumerate(graph.nodes):
        if number == RETURN_EXIT:
            yield "0  return exit"
        elif number == UNWIND_EXIT:
            yield "1  unwind exit"
        else:
            yield f"{number}  {_event(node)}  -> {_edges(node)}"


def _event(node: Node) -> str:
    if node.site is None:
        return "loop"
    return f"line {node.site.span.line} {type(node.site.event).__name__.lower()} {node.site.event.text}"


def _edges(node: Node) -> str:
    normal = [_edge(edge) for edge in node.edges if edge.way is not Way.RAISE]
    raising: dict[int, list[str]] = {}
    for edge in node.edges:
        if edge.way is Way.RAISE:
            raising.setdefault(edge.target, []).append(edge.fault.value if edge.fault else "again")
    thrown = [f"raises {' or '.join(faults)} {target}" for target, faults in raising.items()]
    return ", ".join([*normal, *thrown])


def _edge(edge: Edge) -> str:
    return str(edge.target) if edge.way is Way.NORMAL else f"{edge.way.value} {edge.target}"


def _leaks(leaks: tuple[Leak, ...]) -> Iterator[str]:
    for leak in leaks:
        skipped = ", ".join(str(site.span.line) for site in leak.skipped)
        obligation = leak.obligation
        yield (
            f"lost: {obligation.words.what} ({obligation.kind}, {obligation.origin}) from line {leak.acquire.span.line}"
            f" at the yield in line {leak.site.span.line}; released in line {skipped}"
        )
