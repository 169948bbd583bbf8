"""How long `cmlint lsp` takes from a change to its diagnostics, in a file of about 2,000 lines.

The file is put together of real managers: whole files of the standard library that define some. A client types a
character into the body of a manager and takes it back again, each time after the diagnostics have come, and the time
is taken from the write of `didChange` to the `publishDiagnostics` of that version. The server's own pause, in which
further changes may join the first (10 ms), is in it.

    python benchmarks/lsp.py [--changes 200]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import IO, Any

LINES = 2_000
SOURCES = ("contextlib.py", "tempfile.py", "unittest/mock.py", "asyncio/timeouts.py", "importlib/resources/_common.py")
LEAKY = """

@contextmanager
def serving(target):
    worker = Process(target=target)
    worker.start()
    yield worker
    worker.terminate()
"""
HEAD = "from contextlib import contextmanager\nfrom multiprocessing import Process\n"


def text_of(lines: int) -> str:
    """A text of about so many lines: files of the standard library, cut at a definition, and a manager that leaks."""
    library = Path(sysconfig.get_path("stdlib"))
    parts = [HEAD]
    for name in SOURCES:
        whole = (library / name).read_text("utf-8").replace("from __future__ import annotations\n", "")
        parts.append(whole if whole.count("\n") + sum(map(_lines, parts)) < lines else _start_of(whole, parts, lines))
    return "".join([*parts, LEAKY])


def _lines(text: str) -> int:
    return text.count("\n")


def _start_of(text: str, parts: list[str], lines: int) -> str:
    """The definitions at the start of `text` that still fit."""
    left = lines - sum(map(_lines, parts))
    kept = text.splitlines(keepends=True)[: max(left, 0)]
    while kept and not (kept[-1].startswith(("def ", "class ", "@")) or kept[-1] == "\n"):
        kept.pop()
    while kept and kept[-1].startswith(("def ", "class ", "@")):
        kept.pop()
    return "".join(kept)


class Server:
    """`cmlint lsp` on pipes, spoken to with nothing in between."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "cmlint", "lsp"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, method: str, params: object, number: int | None = None) -> None:
        """A request when there is a number, else a notification."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        data = json.dumps(message if number is None else {**message, "id": number}).encode()
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        pipe.flush()

    def next(self) -> dict[str, Any]:
        """The next message of the server."""
        pipe: IO[bytes] | None = self._process.stdout
        assert pipe is not None
        size = 0
        while (line := pipe.readline().strip()) or not size:
            if line.lower().startswith(b"content-length:"):
                size = int(line.partition(b":")[2])
        message: dict[str, Any] = json.loads(pipe.read(size))
        return message

    def diagnostics(self, version: int) -> int:
        """Wait for the diagnostics of a version, and count them."""
        while True:
            message = self.next()
            params = message.get("params") or {}
            if message.get("method") == "textDocument/publishDiagnostics" and params.get("version") == version:
                return len(params["diagnostics"])

    def leave(self) -> None:
        """End the server."""
        self.send("shutdown", None, 99)
        self.send("exit", None)
        self._process.wait(30)


def measured(changes: int, lines: int) -> tuple[list[float], int, int]:
    """Seconds from each change to its diagnostics; the file's lines; the diagnostics in it."""
    text = text_of(lines)
    place = text.count("\n", 0, text.index("    worker.start()"))
    server = Server()
    try:
        server.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
        server.send("initialized", {})
        document = {"uri": "file:///benchmark.py", "languageId": "python", "version": 0, "text": text}
        server.send("textDocument/didOpen", {"textDocument": document})
        found = server.diagnostics(0)
        taken = []
        for version in range(1, changes + 1):
            start = {"line": place, "character": 4}
            end = {"line": place, "character": 4 + (0 if version % 2 else 6)}
            change = {"range": {"start": start, "end": end}, "text": "x = 1;" if version % 2 else ""}
            begin = time.perf_counter()
            where = {"uri": "file:///benchmark.py", "version": version}
            server.send("textDocument/didChange", {"textDocument": where, "contentChanges": [change]})
            server.diagnostics(version)
            taken.append(time.perf_counter() - begin)
    finally:
        server.leave()
    return taken, text.count("\n"), found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--changes", type=int, default=200, metavar="N")
    options.add_argument("--lines", type=int, default=LINES, metavar="N")
    given = options.parse_args()
    taken, lines, found = measured(given.changes, given.lines)
    tenth = statistics.quantiles(taken, n=10)[-1]
    print(
        f"{lines} lines, {found} diagnostics, {len(taken)} changes: median {1000 * statistics.median(taken):.0f} ms, "
        f"90 % within {1000 * tenth:.0f} ms, slowest {1000 * max(taken):.0f} ms"
    )


if __name__ == "__main__":
    main()
