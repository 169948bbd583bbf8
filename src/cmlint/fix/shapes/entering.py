"""CML104 in a class: `__exit__` is not called when `__enter__` raises, so `__enter__` releases by itself then.

self.a = connect(); self.b = connect()   ->   self.a = connect()
                                              try: self.b = connect()
                                              except BaseException: self.a.close(); raise

The release is copied from `__exit__`. May refuse what would be right; copies nothing that asks how the body went, and
nothing that also releases what is acquired later.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Sequence

import libcst as cst

from cmlint.fix.moving.excess import more_when_setup_fails, only_cleans, releases_later, undone_later
from cmlint.fix.moving.mixture import releasing
from cmlint.fix.moving.wanted import removes, way_back_in
from cmlint.fix.places.blocks import all_names_in, bound_in, innermost_common, names_in, path_to, sites_in
from cmlint.fix.places.naming import is_builtin, surroundings
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.shapes.told import NAMES, Told, is_told, told_of_error
from cmlint.fix.shapes.wrap import lines_above, replaced_block
from cmlint.fix.telling.labels import labels
from cmlint.flow.calls.inherited import Inherited
from cmlint.flow.calls.kept import setting
from cmlint.flow.failing.fallible import fails_in_cleanup
from cmlint.flow.losses.setup import SetupLoss
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call, Enter, Raise, Step, Store, Test
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import Tree

_ALL = "BaseException"
_Statement = cst.BaseStatement | cst.BaseSmallStatement


def with_release_in_enter(manager: Manager, leaving: Tree, loss: SetupLoss) -> Rewrite:
    """Release what `loss` loses when a later step of `__enter__` raises. Raises NoRewrite."""
    try:
        return _rewritten(manager, leaving, loss)
    except NoRewrite as reason:
        if manager.tree.function.asynchronous is None:
            raise
        raise NoRewrite(str(reason).replace("__enter__", "__aenter__").replace("__exit__", "__aexit__")) from None


def _rewritten(manager: Manager, leaving: Tree, loss: SetupLoss) -> Rewrite:
    block, first, last = _steps(manager, loss)
    steps = block.body[first:last]
    release = _releases(manager, leaving, loss, steps)
    _check_released_once(manager, loss, steps)
    told = _handed_on(manager, leaving, release)
    if not is_builtin(manager.subject, _ALL) or _ALL in bound_in(manager.tree.function.body):
        raise NoRewrite(f"`{_ALL}` may mean something else in `__enter__`")
    _check_names(manager.tree, leaving, release, told)
    moved = {site for statement in release for site in sites_in(statement, manager.graph.sites)}
    above, start = lines_above(steps[0])
    inner = cst.IndentedBlock(
        [s for s in (start, *steps[1:]) if isinstance(s, cst.BaseStatement)], indent=manager.tree.indent
    )
    new = cst.Try(leading_lines=above, body=inner, handlers=[_handler(told, manager.tree.indent)])
    statements = [*block.body[:first], new, *block.body[last:]]
    line = more_when_setup_fails(leaving, release, manager.graph.sites, releasing([loss.obligation]))
    doubts = (
        () if line is None else (f"line {line} does more than to release, and would run after the failing step, too",)
    )
    text = replaced_block(manager.tree, block, statements)
    return Rewrite(manager.tree, text, frozenset(moved), doubts=doubts, respelled=told.respelled)


def _handler(told: Told, indent: str) -> cst.ExceptHandler:
    steps = [statement.with_changes(leading_lines=()) for statement in told.statements]
    again = cst.SimpleStatementLine([cst.Raise()])
    name = cst.AsName(cst.Name(told.error)) if told.error is not None else None
    return cst.ExceptHandler(cst.IndentedBlock([*steps, again], indent=indent), cst.Name(_ALL), name)


def _steps(manager: Manager, loss: SetupLoss) -> tuple[cst.IndentedBlock, int, int]:
    """The block of the acquisition, and the positions in it from behind that to the last step that can fail."""
    body = manager.tree.function.body
    acquiring = path_to(body, loss.acquire.statement)
    common = innermost_common(acquiring, path_to(body, loss.raising.statement))
    if common is None:
        raise NoRewrite("`__enter__` stands in one line, so that there is no place for a `try`")
    block, acquired, raising = common
    if block.body[acquired] is not loss.acquire.statement:
        raise NoRewrite("the acquisition stands in a branch of its own, so a `try` behind it does not hold the rest")
    if raising <= acquired:
        raise NoRewrite("the step that acquires and the step that fails stand in one statement")
    failing = [at for at in range(acquired + 1, len(block.body)) if _can_fail(manager, block.body[at])]
    return block, acquired + 1, max(failing) + 1


def _can_fail(manager: Manager, statement: _Statement) -> bool:
    events = (site.event for site in sites_in(statement, manager.graph.sites))
    return any(isinstance(event, (Call, Enter, Raise, Step)) and not _only_leaves(event) for event in events)


def _only_leaves(event: object) -> bool:
    return isinstance(event, Step) and event.what == "return"


def _releases(manager: Manager, leaving: Tree, loss: SetupLoss, steps: Sequence[_Statement]) -> list[cst.BaseStatement]:
    """The statements of `__exit__` that release it, out of every `try` around them."""
    wanted = {site.index for site in loss.obligation.releases}
    found = list(_holding(leaving.function.body, wanted, manager.graph.sites))
    if not found:
        one_line = isinstance(leaving.function.body, cst.SimpleStatementSuite)
        where = "shares the line of its `def`" if one_line else "stands in a handler or in a part of another statement"
        raise NoRewrite(f"the release in `__exit__` {where}, and can't be copied from there")
    found += [step for step in _completing(manager, leaving, loss, found) if step not in found]
    _check_bound(manager, found, steps)
    other = releases_later(manager, loss.obligation, found, steps)
    if other is not None:
        raise NoRewrite(f"the release also releases `{other}`, which a later step acquires")
    undone = undone_later(manager, found, steps)
    if undone is not None:
        raise NoRewrite(f"the release also undoes `{undone}`, which a later step does")
    _check_asked(manager, leaving, found, loss)
    _check_there(manager, found, loss)
    _check_way_back(manager, found)
    return found


def _completing(
    manager: Manager, leaving: Tree, loss: SetupLoss, releases: Sequence[cst.BaseStatement]
) -> Iterator[cst.BaseStatement]:
    """What stands right behind the last release and completes it: `process.wait()`, also in a `try` with a handler.

    As far as it does not fail, or handles that: else it would take the place of what `__enter__` raised.
    """
    block, at = path_to(leaving.function.body, releases[-1])[-1]
    for step in block.body[at + 1 :]:
        if not _completes(manager, loss, step):
            return
        assert isinstance(step, cst.BaseStatement)
        yield step


def _completes(manager: Manager, loss: SetupLoss, step: cst.CSTNode) -> bool:
    sites = sites_in(step, manager.graph.sites)
    if not only_cleans(sites, releasing([loss.obligation])):
        return False
    handled = {id(site.statement) for site in loss.obligation.releases}  # one may fail as any that is copied
    if isinstance(step, cst.Try) and step.handlers:
        handled |= {id(node) for node in own_nodes(step.body)}
    elif not isinstance(step, cst.SimpleStatementLine):
        return False
    open_to = [site.event for site in sites if id(site.statement) not in handled]
    if any(isinstance(event, Call) and (event.args or event.keywords) for event in open_to):
        return False  # it waits for a limited time
    return not any(fails_in_cleanup(event, manager.scope, manager.subject.knowledge) for event in open_to)


def _holding(suite: cst.BaseSuite, wanted: set[int], sites: Sequence[Site]) -> Iterator[cst.BaseStatement]:
    for statement in suite.body:
        if not any(site.index in wanted for site in sites_in(statement, sites)):
            continue
        if isinstance(statement, cst.Try):
            yield from _holding(statement.body, wanted, sites)
            if statement.finalbody is not None:
                yield from _holding(statement.finalbody.body, wanted, sites)
        elif isinstance(statement, cst.BaseStatement):
            yield statement


def _check_bound(manager: Manager, release: Sequence[cst.CSTNode], steps: Sequence[_Statement]) -> None:
    """What the release does with things that a later step makes would fail; what it asks for first is no matter."""
    made = [site.event for step in steps for site in sites_in(step, manager.graph.sites)]
    places = {event.target for event in made if isinstance(event, Store)}
    events = [site.event for statement in release for site in sites_in(statement, manager.graph.sites)]
    asked = {event.subject for event in events if isinstance(event, Test)}
    for place in sorted(places - asked):
        if any(re.search(rf"(?<!\w){re.escape(place)}(?!\w)", event.text) for event in events):
            raise NoRewrite(f"the release also needs `{place}`, which is not there yet when `__enter__` fails")


def _check_asked(manager: Manager, leaving: Tree, release: Sequence[cst.CSTNode], loss: SetupLoss) -> None:
    """What the release asks for has to be as it is in `__exit__`: a flag that is set last, or a count there, is not."""
    sites = manager.graph.sites
    asked = {s.event.subject for step in release for s in sites_in(step, sites) if isinstance(s.event, Test)}
    inside = {site.index for step in release for site in sites_in(step, sites)}
    above = [site for site in sites_in(leaving.function.body, sites) if site.index not in inside]
    behind = [s for s in sites_in(manager.tree.function.body, sites) if s.span > loss.acquire.span]
    made = {*loss.obligation.object.split("."), loss.obligation.object}
    for site in (*above, *behind):
        event = site.event
        if isinstance(event, Store) and event.target not in made and any(_holds(one, event.target) for one in asked):
            raise NoRewrite(f"the release asks for `{event.target}`, which is not the same yet when `__enter__` fails")


def _check_way_back(manager: Manager, release: Sequence[cst.CSTNode]) -> None:
    """What holds a backup is not removed when a step fails that may have changed what was backed up."""
    calls = [s.event for step in release for s in sites_in(step, manager.graph.sites) if removes(s.event)]
    places = [call.args[0].text if call.args else call.receiver or "" for call in calls if isinstance(call, Call)]
    entering = sites_in(manager.tree.function.body, manager.graph.sites)
    kept = next((name for place in places if (name := way_back_in(place, entering))), None)
    if kept is not None:
        raise NoRewrite(f"the release removes `{kept}`, which may be needed after a step that fails half-way")


def _check_there(manager: Manager, release: Sequence[cst.CSTNode], loss: SetupLoss) -> None:
    """What only another class of the file puts into the object is not there when this `__enter__` fails."""
    owner = manager.subject.definition.parent
    texts = None if owner is None else Inherited(owner, manager.subject.whole).apart()
    if texts is None:
        return
    own, elsewhere = texts
    events = [site.event for step in release for site in sites_in(step, manager.graph.sites)]
    calls = [event for event in events if isinstance(event, Call)]
    used = {event.receiver or "" for event in calls} | {name for call in calls for v in call.args for name in v.reads}
    for place in sorted({".".join(name.split(".")[:2]) for name in used if name.startswith("self.")}):
        bound = rf"\b{re.escape(place)}\b[^(\n]*=(?!=)|^[ \t]+(?:def[ \t]+)?{re.escape(place[5:])}\b"
        mine = re.search(bound, own, re.MULTILINE)
        if mine is None and place != loss.obligation.object and setting(place).search(elsewhere):
            raise NoRewrite(f"the release also needs `{place}`, which another class sets")


def _holds(asked: str, place: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(place)}(?!\w)", asked) is not None


def _check_released_once(manager: Manager, loss: SetupLoss, steps: Sequence[_Statement]) -> None:
    """What releases by itself before it raises would release twice."""
    inside = [site for statement in steps for site in sites_in(statement, manager.graph.sites)]
    if labels(inside) & labels(loss.obligation.releases):
        raise NoRewrite("a later step of `__enter__` releases it already in some case, so it could be released twice")


def _handed_on(manager: Manager, leaving: Tree, release: Sequence[cst.BaseStatement]) -> Told:
    """The release, told of the exception by a name that nothing uses in `__enter__`, or in the release itself."""
    taken = {name for node in (manager.tree.function, *release) for name in all_names_in(node)}
    name = next((name for name in NAMES if name not in taken), None)
    error = NAMES[0] if name is None else name
    told = told_of_error(leaving, release, error, f"type({error})")
    if told.error is None:
        return told
    if name is None:
        raise NoRewrite(f"`{error}` means something else in `__enter__`")
    around = surroundings(manager.subject)
    if around is None or around.binds("type"):
        return told_of_error(leaving, release, error, f"{error}.__class__")
    return told


def _check_names(entering: Tree, leaving: Tree, release: Sequence[cst.BaseStatement], handed: Told) -> None:
    read = {name for statement in release for name in names_in(statement)}
    told = is_told(leaving, handed.statements)
    if told is not None:
        raise NoRewrite(f"the release in `__exit__` asks by `{told}` how the body went; `__enter__` can't ask that")
    if any(isinstance(node, cst.Return) and node.value is None for step in release for node in own_nodes(step)):
        raise NoRewrite("the release in `__exit__` stands in a branch that leaves it, and can't be copied from there")
    own = read & bound_in(leaving.function.body)
    if own:
        raise NoRewrite(f"the release needs `{min(own)}`, which `__exit__` makes by itself")
    hidden = (read & bound_in(entering.function.body)) - set(dir(builtins))
    if hidden:
        raise NoRewrite(f"`{min(hidden)}` means something else in `__enter__`")
