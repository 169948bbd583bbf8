"""What is made at a place that has a name: a file that is opened to be written, a folder, a link, a socket.

Each is told with the name of the place, where it is made, and that the manager makes it, not the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.flow.lowering.around import Around, entered_as
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Form
from cmlint.flow.reading.opened import OPENING, is_for_writing

NAMED_TEMPORARY = "tempfile.NamedTemporaryFile"
WRITING = frozenset({"touch", "write_text", "write_bytes", "mkdir", "symlink_to", "hardlink_to"})
_MAKING_PATHS = {"os.mkdir": 0, "os.makedirs": 0, "os.mkfifo": 0, "os.symlink": 1, "os.link": 1}  # which argument it is
_PATH = re.compile(r"(?:pathlib\.)?Path\((\w+)\)\.")
_JOINED = re.compile(r"\(([^()]+ / [^()]+)\)\.")


def written(around: Around) -> Iterator[tuple[str, tuple[Site, ...], bool]]:
    """What is made under a path that has a name: a file that is opened to be written, a folder."""
    for site in around.before:
        event = site.event
        if isinstance(event, Call) and event.dotted in OPENING and event.args and is_for_writing(event):
            yield event.args[0].text, (site,), False
        if isinstance(event, Call) and event.receiver and event.method in WRITING:
            yield event.receiver, (site,), False
        if isinstance(event, Call) and event.dotted == "os.open" and event.args and "O_CREAT" in event.text:
            yield event.args[0].text, (site,), False
        at = _MAKING_PATHS.get(event.dotted or "") if isinstance(event, Call) else None
        if isinstance(event, Call) and at is not None and len(event.args) > at:
            yield event.args[at].text, (site,), False
        if isinstance(event, Call) and event.method == "bind" and [value.form for value in event.args] == [Form.NAME]:
            yield event.args[0].text, (site,), False  # the path of a socket
        writes = isinstance(event, Call) and event.method in WRITING
        path = _PATH.match(event.text) or _JOINED.match(event.text) if writes else None
        if path is not None:
            yield path[1], (site,), False


def stays_when_closed(making: Call) -> bool:
    """Whether it makes a temporary file that somebody else has to remove: `NamedTemporaryFile(delete=False)`."""
    kept = making.keyword("delete")
    return making.dotted == NAMED_TEMPORARY and kept is not None and kept.text == "False"


def entered(around: Around) -> Iterator[tuple[str, tuple[Site, ...], bool]]:
    """The name of a temporary file that a `with` only closes: `with NamedTemporaryFile(delete=False) as file`."""
    for site in around.before:
        event = site.event
        if isinstance(event, Call) and event.managed and stays_when_closed(event):
            yield from ((f"{name}.name", (site,), False) for name in [*entered_as(event, around.before)][:1])
