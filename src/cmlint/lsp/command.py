"""`cmlint lsp`: starts the server on the standard streams and sees to it that the process ends with its client."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from typing import BinaryIO, cast

from cmlint.lsp.channel import taken_streams
from cmlint.lsp.server import Server

_STACK = 64 << 20  # bytes; the main thread's is as large on the usual systems, that of other threads is not
_EVERY = 5  # seconds between two looks whether the client is still there


class _Output:
    """Standard output; when nobody reads it any more, there is nothing left to do."""

    def __init__(self, stream: BinaryIO, server: Server) -> None:
        self._stream = stream
        self._server = server

    def write(self, data: bytes) -> None:
        """Write a message."""
        try:
            self._stream.write(data)
            self._stream.flush()
        except (OSError, ValueError):
            self._server.leave()

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The stream is closed with the process."""


def main(given: argparse.Namespace) -> int:
    """Serve until the client leaves or dies. Returns the exit code: 0 after `shutdown`, 1 without."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:
            signal.signal(getattr(signal, name), signal.SIG_DFL)  # nothing is half-way: the process may just end
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if given.verbose else logging.WARNING)
    threading.stack_size(_STACK)
    server = Server()
    source, target = taken_streams()
    threading.Thread(target=_follow, args=(server,), daemon=True).start()
    server.start_io(source, cast(BinaryIO, _Output(target, server)))
    server.leave()
    return 1


def _follow(server: Server) -> None:
    """End with the client's process, should it die while something else keeps the pipe open."""
    while os.name == "posix":  # elsewhere a process can't be asked about without harm
        threading.Event().wait(_EVERY)
        try:
            if server.process_id is not None:
                os.kill(server.process_id, 0)
        except ProcessLookupError:
            server.leave()
        except OSError:
            pass  # it is there, and somebody else's
