"""What goes to the standard streams: lines for the user on standard error, bytes and colours on standard output."""

from __future__ import annotations

import os
import sys


def say(line: str) -> None:
    """Print `line`; where standard error can't take it, it is dropped, and the exit code stays cmlint's own."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def takes_colour() -> bool:
    """Colour on a terminal, none in a pipe; see no-color.org and force-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def print_bytes(data: bytes) -> None:
    """Write `data` to standard output, behind the text that was printed before it."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
