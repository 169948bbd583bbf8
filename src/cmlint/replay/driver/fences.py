"""What keeps a replay from touching anything, beside the recorders: limits of the system and an audit hook.

They are a second fence for accidents, not a sandbox for code that wants to get out.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

_ALLOWED = ("sys._getframe", "sys.settrace", "sys.unraisablehook", "object.__getattr__", "object.__setattr__")
_ALSO = (
    "object.__delattr__",
    "compile",
    "exec",
    "code.__new__",
    "function.__new__",
    "builtins.id",
    "gc.",
    "sys.monitoring",
)


def limit(seconds: int, memory: int) -> None:
    """Bound the processor time, the memory (bytes) and what may be written, where the system can."""
    with contextlib.suppress(ImportError):
        import resource

        wanted = {
            resource.RLIMIT_CPU: seconds,
            resource.RLIMIT_AS: memory,
            resource.RLIMIT_FSIZE: 0,  # no file can grow; pipes are no files
            resource.RLIMIT_CORE: 0,
        }
        for what, value in wanted.items():
            with contextlib.suppress(ValueError, OSError):  # a lower hard limit is in force already
                resource.setrlimit(what, (value, value))


def arm() -> None:
    """From now on every audited event but a few harmless ones is refused; it can't be undone."""
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if not event.startswith((*_ALLOWED, *_ALSO)):
        raise PermissionError(f"a replay touches nothing outside it, so `{event}` was refused")
