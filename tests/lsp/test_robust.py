"""Clients that send garbage, die or leave: the server survives the first and never the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import LEAKY
from lsp.editor import PATIENCE, SERVER

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}}
SHUTDOWN = {"jsonrpc": "2.0", "id": 9, "method": "shutdown"}
EXIT = {"jsonrpc": "2.0", "method": "exit"}


def message(content: object) -> bytes:
    """A message as it goes over the line."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def opening(text: str, uri: str = "file:///app/a.py") -> dict[str, Any]:
    """The notification that opens a document."""
    item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    return {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}


def hovering(number: int, uri: str = "file:///app/a.py") -> dict[str, Any]:
    """A request that is answered when the document has been checked."""
    params = {"textDocument": {"uri": uri}, "position": {"line": 8, "character": 5}}
    return {"jsonrpc": "2.0", "id": number, "method": "textDocument/hover", "params": params}


class Line:
    """A server and the raw line to it."""

    def __init__(self, *command: str, **environment: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command or SERVER, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, **environment}
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def send(self, *contents: object) -> None:
        """Send messages; bytes go as they are."""
        for content in contents:
            self.stdin.write(content if isinstance(content, bytes) else message(content))
        self.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """The next message; whatever stands between messages fails the test."""
        header = b""
        while not header.endswith(b"\r\n\r\n"):
            byte = self.stdout.read(1)
            assert byte, "the server is gone"
            header += byte
        assert header.startswith(b"Content-Length: "), header
        length = int(header.split(b"\r\n")[0].split()[1])
        answer = json.loads(self.stdout.read(length))
        assert isinstance(answer, dict)
        return answer

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request."""
        while (answer := self.receive()).get("id") != number:
            pass
        return answer

    def end(self) -> tuple[int, bytes]:
        """Close the line; the exit code, and what was left to read."""
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest


@pytest.fixture
def line() -> Any:
    lines: list[Line] = []

    def start(*command: str, **environment: str) -> Line:
        lines.append(Line(*command, **environment))
        return lines[-1]

    yield start
    for started in lines:
        if started.process.poll() is None:
            started.process.kill()
            started.process.communicate()


def test_exit_codes(line: Any) -> None:
    polite = line()
    polite.send(INITIALIZE, SHUTDOWN, EXIT)
    assert polite.end()[0] == 0
    hasty = line()
    hasty.send(INITIALIZE, EXIT)
    assert hasty.end()[0] == 1


def test_garbage_is_survived(line: Any) -> None:
    server = line()
    server.send(
        b"hello?\r\n\r\n",
        b"\x00\xff" * 100_000 + b"\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: nine\r\n\r\n",
        message(b"{"),
        message(b"\xff\xfe"),
        message(b"[" * 100_000),
        message([]),
        message(17),
        message({"jsonrpc": "1.0", "id": 3}),
        message({"id": 3}),
        INITIALIZE,
        {"jsonrpc": "2.0", "id": 4, "method": "textDocument/unheardOf", "params": {}},
        {"jsonrpc": "2.0", "method": "$/unheardOf", "params": {}},
        {"jsonrpc": "2.0", "id": 5, "method": "textDocument/hover", "params": {"position": 7}},
        {"jsonrpc": "2.0", "id": 77, "result": None},
        {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": 7}},
        {
            "jsonrpc": "2.0",
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": "file:///absent.py", "version": 3}, "contentChanges": [{"text": ""}]},
        },
        {"jsonrpc": "2.0", "method": "textDocument/didClose", "params": {"textDocument": {"uri": "file:///absent"}}},
        {"jsonrpc": "2.0", "method": "workspace/didChangeConfiguration", "params": {"settings": [1]}},
    )
    assert "capabilities" in server.answer(1)["result"]
    assert server.answer(4)["error"]["code"] == -32601
    assert "error" in server.answer(5)
    server.send(opening(LEAKY), hovering(6))
    assert "CML101" in server.answer(6)["result"]["contents"]["value"]
    server.send(SHUTDOWN, EXIT)
    assert server.end()[0] == 0


def test_texts_that_no_python_has(line: Any) -> None:
    server = line()
    server.send(INITIALIZE)
    texts = [
        "\x00",
        '"\\ud800"',
        "(" * 100_000,
        "x = 1\n" * 500_000,
        "def f():\n" + "    if x:\n" * 3,
        LEAKY + "\x0c\ufeff",
    ]
    for number, text in enumerate(texts, start=10):
        uri = f"file:///app/{number}.py"
        server.send(opening(text, uri), hovering(number, uri))
        assert server.answer(number)["result"] is None
    lone = json.dumps(opening(LEAKY.replace("yield worker", "'LONE'; yield worker"))).replace("LONE", "\\ud800")
    server.send(message(lone.encode()), hovering(6))
    assert "error" not in server.answer(6)
    server.send(opening(LEAKY), hovering(7))
    assert server.answer(7)["result"] is not None


def test_edits_outside_of_the_text_are_taken_for_its_end(line: Any) -> None:
    server = line()
    far = {"start": {"line": 999, "character": 999}, "end": {"line": 0, "character": 0}}
    params = {
        "textDocument": {"uri": "file:///app/a.py", "version": 2},
        "contentChanges": [{"range": far, "text": ""}],
    }
    change = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}
    server.send(INITIALIZE, opening(LEAKY), change, hovering(6))
    assert "CML101" in server.answer(6)["result"]["contents"]["value"]


def test_a_client_that_dies_takes_the_server_with_it(line: Any) -> None:
    server = line()
    server.send(INITIALIZE, opening(LEAKY))
    server.answer(1)
    server.stdin.write(b"Content-Length: 100000\r\n\r\n{")  # in the middle of a message
    server.stdin.close()
    server.process.wait(PATIENCE)
    assert server.process.returncode == 1


def test_a_client_that_closes_only_its_ear(line: Any) -> None:
    server = line()
    server.send(INITIALIZE)
    server.answer(1)
    server.stdout.close()
    server.send(opening(LEAKY))
    server.process.wait(PATIENCE)
    assert server.process.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process can't be asked about")
def test_a_client_that_dies_while_another_process_holds_its_pipe(line: Any) -> None:
    server = line()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    params = {"capabilities": {}, "processId": dead.pid}
    server.send({**INITIALIZE, "params": params})
    server.process.wait(PATIENCE)
    assert server.process.returncode == 1


def test_nothing_but_the_protocol_is_on_standard_output(line: Any, tmp_path: Path) -> None:
    noisy = (
        "import os, subprocess, sys, cmlint.lsp.checking as checking\n"
        "check = checking.Checking.check\n"
        "def noisy(self, document, config):\n"
        "    print('hello'); os.write(1, b'hello'); subprocess.run(['echo', 'hello'])\n"
        "    sys.__stdout__.write('hello'); sys.__stdout__.flush()\n"
        "    return check(self, document, config)\n"
        "checking.Checking.check = noisy\n"
        "from cmlint.command_line.cli import run\n"
        "sys.argv = ['cmlint', 'lsp']\n"
        "run()\n"
    )
    server = line(sys.executable, "-c", noisy)
    server.send(INITIALIZE, opening(LEAKY), hovering(6))
    assert "CML101" in server.answer(6)["result"]["contents"]["value"]
    server.send(SHUTDOWN)
    assert "error" not in server.answer(9)


def test_a_failure_in_one_document_is_logged_and_the_others_are_checked(line: Any) -> None:
    failing = (
        "import sys, cmlint.lsp.checking as checking\n"
        "check = checking.Checking.check\n"
        "def failing(self, document, config):\n"
        "    if 'bad' in document.uri: raise ZeroDivisionError('a defect')\n"
        "    return check(self, document, config)\n"
        "checking.Checking.check = failing\n"
        "from cmlint.command_line.cli import run\n"
        "sys.argv = ['cmlint', 'lsp']\n"
        "run()\n"
    )
    server = line(sys.executable, "-c", failing)
    server.send(INITIALIZE, opening(LEAKY, "file:///bad.py"), hovering(5, "file:///bad.py"))
    assert server.answer(5)["result"] is None
    server.send(opening(LEAKY), hovering(6))
    assert server.answer(6)["result"] is not None
    server.send(SHUTDOWN, EXIT)
    _, errors = server.process.communicate(timeout=PATIENCE)
    assert b"the check of file:///bad.py failed" in errors
    assert b"a defect" in errors


def test_without_its_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(\"No module named 'pygls'\", name='pygls')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(SERVER, capture_output=True, text=True, env=environment, timeout=PATIENCE, input="")
    assert result.returncode == 2
    said = "install cmlint with its extra `lsp`, from where you have it (in a clone: pip install '.[lsp]')"
    assert result.stderr == f"cmlint: `cmlint lsp` needs `pygls`: {said}\n"
