"""Obligations from contents: what a file held before the yield is written into it again after it.

`with open(path) as file: text = file.read()` ... `with open(path, "w") as file: file.write(text)`. Nothing but the old
text is written, so the body changed it. May miss contents that are read line by line.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Enter, Event
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_OPENING = frozenset({"open", "io.open", "codecs.open"})
_READING = frozenset({"read", "readlines", "read_text", "read_bytes"})
_WRITING = frozenset({"write", "writelines", "write_text", "write_bytes"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each file whose contents are written back after the yield."""
    del knowledge
    product = around.yielded
    for read in around.before:
        path = _path_of(read.event, _READING, around)
        if path is None or not isinstance(read.event, Call) or len(read.event.results) != 1:
            continue
        text = read.event.results[0]
        releases = tuple(site for site in around.after if _writes_back(site.event, text, path, around))
        as_it_was = read.event.method in ("read_text", "read_bytes")  # which the body can't change
        if releases and scope.is_local(text) and (as_it_was or text not in product):
            yield Obligation(
                kind="state",
                object=path,
                words=Words(f"what `{path}` held", "read", "is not written back"),
                confidence=Confidence.MEDIUM,
                origin="contents",
                acquires=(read,),
                releases=releases,
                by_body=True,
            )


def _writes_back(event: Event, text: str, path: str, around: Around) -> bool:
    given = [value.text for value in event.args] if isinstance(event, Call) else []
    return given[:1] == [text] and _path_of(event, _WRITING, around) == path


def _path_of(event: Event, methods: frozenset[str], around: Around) -> str | None:
    """The path of the file that a call reads or writes as a whole."""
    if not isinstance(event, Call) or event.method not in methods or event.receiver is None:
        return None
    if event.method.endswith(("_text", "_bytes")):
        return event.receiver
    for site in around.sites:
        if isinstance(site.event, Enter) and event.receiver in site.event.results and _opened(site, around) is not None:
            opened = _opened(site, around)
            same_side = (site in around.before) == _is_before(event, around)
            if same_side:
                return opened
    return None


def _is_before(event: Event, around: Around) -> bool:
    return any(site.event is event for site in around.before)


def _opened(entered: Site, around: Around) -> str | None:
    """What the `with` opens: the path that is given to `open`, or the object whose `open` is called."""
    assert isinstance(entered.event, Enter)
    for site in around.sites:
        event = site.event
        if isinstance(event, Call) and event.managed and event.text == entered.event.manager.text:
            if event.dotted in _OPENING and event.args:
                return event.args[0].text
            return event.receiver if event.method == "open" else None
    return None
