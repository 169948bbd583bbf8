"""Tells the user something on standard error, whether or not somebody reads it."""

from __future__ import annotations

import os
import sys


def say(line: str) -> None:
    """Print `line`; where standard error can't take it, it is dropped, and the exit code stays cmlint's own."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
