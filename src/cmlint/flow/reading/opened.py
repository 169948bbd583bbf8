"""Files that a call opens: by which functions, and whether to be written."""

from __future__ import annotations

from cmlint.flow.reading.events import Call, Form

OPENING = frozenset({"open", "io.open", "codecs.open", "gzip.open"})
_WRITE_MODES = frozenset("wax")


def is_for_writing(event: Call) -> bool:
    """Whether the mode that the call of a function of OPENING is given says so."""
    mode = event.args[1] if len(event.args) > 1 else event.keyword("mode")
    return mode is not None and mode.form is Form.CONSTANT and not _WRITE_MODES.isdisjoint(mode.text)
