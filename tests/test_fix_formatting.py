"""Every shape of a repair keeps what it does not change: the style of the text, and what stands between statements."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
from textwrap import dedent, indent

import pytest

from cmlint import Config, Source, check_source, repair_source
from cmlint import source as sources

SHAPES = {
    "wrap": """
        from contextlib import contextmanager
        import subprocess


        @contextmanager
        def server(port):
            process = subprocess.Popen(["server", port])
            SETUP
            yield process
            BESIDE
            process.terminate()
            BEHIND
    """,
    "wrap a yield in a with": """
        from contextlib import contextmanager
        import subprocess


        @contextmanager
        def server(port, lock):
            process = subprocess.Popen(["server", port])
            SETUP
            with lock: yield process
            process.terminate()
            BEHIND
    """,
    "wrap a yield in an if": """
        from contextlib import contextmanager
        import subprocess


        @contextmanager
        def server(port):
            process = subprocess.Popen(["server", port])
            SETUP
            if port: yield process
            else: yield None
            process.terminate()
            BEHIND
    """,
    "split": """
        from contextlib import contextmanager
        import subprocess


        @contextmanager
        def server(port, report):
            process = subprocess.Popen(["server", port])
            SETUP
            yield process
            report.publish(port)
            BESIDE
            process.terminate()
            report.count(port)
            BEHIND
    """,
    "pull up": """
        from contextlib import contextmanager
        import os
        import subprocess


        @contextmanager
        def built(path):
            old = os.getcwd()
            os.chdir(path)
            SETUP
            subprocess.run(["make"], check=True)
            BESIDE
            try:
                yield
            finally:
                os.chdir(old)
    """,
    "second try": """
        from contextlib import contextmanager
        import os
        import shutil


        @contextmanager
        def inside(path):
            old = os.getcwd()
            os.chdir(path)
            try:
                yield
            finally:
                shutil.rmtree(path)
                BESIDE
                os.chdir(old)
                BEHIND
    """,
    "second try from the first line on": """
        import shutil
        import socket


        class Client:
            def __enter__(self):
                self.connection = socket.create_connection(self.host)
                return self

            def __exit__(self, exc_type, exc_value, traceback):
                shutil.rmtree(self.path)
                BESIDE
                self.connection.close()
                BEHIND
    """,
    "widen into a finally": """
        from contextlib import contextmanager
        import subprocess


        @contextmanager
        def server(port):
            process = subprocess.Popen(["server", port])
            SETUP
            try:
                yield process
                BESIDE
            except Exception:
                process.terminate()
                raise
            else:
                process.terminate()
    """,
    "drop the question": """
        import socket


        class Client:
            def __init__(self, host):
                self.host = host

            def __enter__(self):
                self.connection = socket.create_connection(self.host)
                return self

            def __exit__(self, exc_type, exc_value, traceback):
                BESIDE
                if exc_type is None:
                    self.connection.close()
    """,
    "release in enter": """
        import os
        import subprocess


        class Built:
            def __init__(self, path):
                self.path = path

            def __enter__(self):
                self.old = os.getcwd()
                os.chdir(self.path)
                SETUP
                subprocess.run(["make"], check=True)
                BEHIND
                return self

            def __exit__(self, exc_type, exc_value, traceback):
                os.chdir(self.old)
    """,
}
BETWEEN = {
    "nothing": "",
    "comments": "# one\n\n  # two, in an odd column\n#three",
    "joined by semicolons": "one = 1; two = 2  # both",
    "a continued line": "total = 1 + \\\n        2",
    "brackets": "names = [\n  'one',\n        'two',\n]",
    "a string over lines": 'text = """one\n  two\n\tthree"""',
    "a nested function": 'def nested(value: int) -> int:\n    """Keeps\n  its text."""\n    return value',
    "a decorator": "@staticmethod\n# why\nasync def nested(): return 1",
    "a type comment": "names = []  # type: list[str]",
    "one line with its body": "if total: total = 1  # so\nelse: total = 2",
    "a form feed": "\f\nvalue = 1",
    "blank lines": "\n\n\nvalue = 1\n\n",
}


def written(shape: str, between: str = "") -> str:
    """The text of a shape, with `between` at each of its places."""
    lines = []
    for line in dedent(SHAPES[shape]).strip().split("\n"):
        if line.strip() in ("SETUP", "BESIDE", "BEHIND"):
            margin = line[: len(line) - len(line.lstrip())]
            lines += [indent(between, margin)] if between else []
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def repaired(text: str) -> str:
    return repair_source(Source("shape.py", text), Config(), unsafe=False).text


def comments(text: str) -> list[str]:
    return sorted(t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT)


def statements(text: str) -> set[str]:
    """Each statement that holds no other one, as it is however it is indented."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    return {ast.dump(node) for node in nodes} - {"Raise()"}


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_stands_between_the_statements_survives(shape: str, between: str) -> None:
    before = written(shape, BETWEEN[between])
    after = repaired(before)
    compile(after, "shape.py", "exec", dont_inherit=True)
    assert repaired(after) == after
    assert after != before
    assert comments(after) == comments(before)
    assert statements(before) <= statements(after)
    kept = [line for line in before.split("\n") if line.strip() and not line.startswith(" ")]
    assert [line for line in after.split("\n") if line in kept] == kept


@pytest.mark.parametrize("behind", ["  ", "\n        "], ids=["behind the colon", "on a line of its own"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_typed_function_stays_typed(shape: str, behind: str) -> None:
    before = re.sub(r"(def .*:)", rf"\1{behind}# type: (...) -> object", written(shape))
    assert types(repaired(before)) == types(before)
    assert repaired(before) != before


def types(text: str) -> set[tuple[str, str | None]]:
    """The functions, each with the comment that types it; elsewhere such a comment is no Python."""
    nodes = ast.walk(ast.parse(text, type_comments=True))
    return {(node.name, node.type_comment) for node in nodes if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("step", "newline", "last", "bom"),
    [
        ("\t", "\r\n", "\n", b""),
        ("  ", "\n", "", codecs.BOM_UTF8),
        (" ", "\r", "\n", b""),
        ("\t", "\n", "", b""),
        ("  ", "\r\n", "\n", codecs.BOM_UTF8),
    ],
    ids=["tabs and CRLF", "two spaces and a mark", "one space and CR", "tabs without an end", "two spaces and CRLF"],
)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_keeps_the_style_of_the_file(shape: str, step: str, newline: str, last: str, bom: bytes) -> None:
    def styled(text: str) -> bytes:
        lines = text.rstrip("\n").split("\n")
        margins = [len(line) - len(line.lstrip()) for line in lines]
        lines = [step * (margin // 4) + line.lstrip() for margin, line in zip(margins, lines, strict=True)]
        return bom + (newline.join(lines) + last.replace("\n", newline)).encode()

    plain = written(shape)
    source = sources.decode("shape.py", styled(plain))
    fixed = repair_source(source, Config(), unsafe=False)
    assert source.encode(fixed.text) == styled(repaired(plain)) != styled(plain)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_keeps_the_encoding_of_the_file(shape: str) -> None:
    text = "# -*- coding: latin-1 -*-\n" + written(shape, 'name = "h\xe9"  # \xe9')
    source = sources.decode("shape.py", text.encode("latin-1"))
    fixed = repair_source(source, Config(), unsafe=False)
    assert fixed.changed
    assert source.encode(fixed.text) == fixed.text.encode("latin-1")
    assert fixed.text.count("\xe9") == text.count("\xe9")


@pytest.mark.parametrize("raw", ["# coding: utf-16\nx = 1\n".encode("utf-16"), b"# coding: utf-16\nx = 1\n"])
def test_utf_16_is_refused_as_python_refuses_it(raw: bytes) -> None:
    with pytest.raises(sources.SourceError):
        sources.decode("shape.py", raw)


@pytest.mark.parametrize("below", ["\n\n\f\n", "\n\f", "\n \f \n\n", "\r\n\r\n\f\r\n", "\n\f\n\n\n\f\n"])
@pytest.mark.parametrize("following", ["", "def other(): ...\n"])
def test_what_stands_below_a_function_stays_as_it_is(below: str, following: str) -> None:
    newline = "\r\n" if "\r" in below else "\n"
    text = re.sub("\r?\n", newline, written("wrap").rstrip())
    new = repaired(text + below + following)
    assert new != text + below + following
    assert new.endswith(f"process.terminate(){below}{following}")


def test_a_form_feed_that_can_not_be_kept_is_a_finding_without_a_fix() -> None:
    joined = "    process = subprocess.Popen(['x']); yield process; process.kill()\n"
    head = "from contextlib import contextmanager\nimport subprocess\n@contextmanager\ndef running():\n"
    result = check_source(Source("shape.py", f"{head}\f{joined}    print()\n"), Config())
    (finding,) = result.findings
    assert (finding.code, finding.fix) == ("CML101", None)
    assert finding.no_fix_reason == "its line endings or form feeds can't be kept as they are"
