"""The standard streams as the protocol's own: nothing else in the process can read from them or write to them.

Whatever prints to standard output from now on (a library, a child process, a forgotten `print`) goes to standard error.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, cast

_PIECE = 1 << 20  # bytes that are taken at a time, so that an absurd Content-Length costs no memory by itself
_LONGEST_HEADER = 1 << 16


class Input:
    """Standard input, for which no announced length is too long: it just ends with what the client has sent."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """One line of a header; of garbage without line ends, a stretch."""
        return self._stream.readline(_LONGEST_HEADER)

    def read(self, length: int) -> bytes:
        """The next `length` bytes; fewer when the stream ends before."""
        pieces: list[bytes] = []
        while length > 0 and (piece := self._stream.read(min(length, _PIECE))):
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)


def taken_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output as streams of their own, out of the reach of everything else."""
    sys.stdout.flush()
    given, taken = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # standard error is closed
        os.dup2(nothing, 1)
    os.close(nothing)
    sys.stdout = sys.stderr
    return cast(BinaryIO, Input(os.fdopen(given, "rb"))), os.fdopen(taken, "wb")
