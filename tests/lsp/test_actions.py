"""What the server offers to do, applied by the editor and compared with what `cmlint --fix` writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from conftest import LEAKY, REPAIRED, Run
from lsp.editor import capabilities, editing, run, uri_of

YIELD = types.Range(types.Position(8, 4), types.Position(8, 16))
EVERYTHING = types.Range(types.Position(0, 0), types.Position(10_000, 0))

UNSAFE = """\
from contextlib import contextmanager


@contextmanager
def patched(target, value):
    old = target.value
    target.value = value
    yield
    target.value = old
    print(target.report(), target.pop())
    target.close()
"""


def test_the_quick_fix_says_its_certificate_and_does_what_fix_does(tmp_path: Path, cmlint: Run) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    cmlint("--fix", "a.py")
    repaired = (tmp_path / "a.py").read_text()
    assert repaired == REPAIRED

    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            fix, noqa, everything = await editor.actions(uri, YIELD)
            assert fix.kind == types.CodeActionKind.QuickFix
            assert fix.is_preferred
            assert fix.title.startswith("cmlint: yield inside `try`, `worker.terminate()` in `finally` (")
            assert "normal path unchanged, 1 release added after a fault" in fix.title
            assert [found.code for found in fix.diagnostics or []] == ["CML101"]
            assert editor.applied(uri, fix.edit) == repaired
            assert noqa.title == "cmlint: disable CML101 here (# noqa: CML101)"
            assert not noqa.is_preferred
            assert everything.kind == "source.fixAll.cmlint"
            assert editor.applied(uri, everything.edit) == repaired

    run(scenario())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_fix_all_comes_to_what_fix_writes(tmp_path: Path, cmlint: Run, newline: str) -> None:
    manager = LEAKY.split("\n\n\n")[1]
    nested = "\n".join(f"    {line}" for line in manager.splitlines())
    parts = [LEAKY, f"# \N{SNAKE}\n{manager}", f"def around():\n{nested}\n", UNSAFE]
    text = "\n\n".join(parts).replace("\n", newline)
    (tmp_path / "many.py").write_bytes(text.encode())
    cmlint("--fix", "many.py")
    repaired = (tmp_path / "many.py").read_bytes().decode()
    assert repaired.count("finally:") == 3

    async def scenario(only: str) -> None:
        uri = uri_of(tmp_path / "many.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, text)
            (action,) = await editor.actions(uri, EVERYTHING, [only])
            assert editor.applied(uri, action.edit) == repaired

    run(scenario("source.fixAll"))
    run(scenario("source.fixAll.cmlint"))


def test_an_unsafe_fix_is_marked_and_can_be_hidden(tmp_path: Path, cmlint: Run) -> None:
    (tmp_path / "a.py").write_text(UNSAFE)
    cmlint("--fix", "--unsafe-fixes", "a.py")
    repaired = (tmp_path / "a.py").read_text()
    assert repaired != UNSAFE

    async def offered(shown: bool) -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path, options={"unsafeFixes": shown}) as editor:
            editor.open(uri, UNSAFE)
            found = await editor.diagnostics(uri)
            actions = await editor.actions(uri, found[0].range)
            unsafe = [action for action in actions if action.title.startswith("cmlint, unsafe: ")]
            assert len(unsafe) == (1 if shown else 0)
            assert all(not action.is_preferred for action in actions)
            assert not [action for action in actions if action.kind == "source.fixAll.cmlint"]
            if shown:
                assert "; look at it, because " in unsafe[0].title
                assert editor.applied(uri, unsafe[0].edit) == repaired

    run(offered(True))
    run(offered(False))


def test_disabling_a_finding_makes_it_go(tmp_path: Path) -> None:
    texts = [
        LEAKY,
        LEAKY.replace("yield worker", "yield worker  # noqa: E501"),
        LEAKY.replace("yield worker", "yield worker  # why  "),
        LEAKY.replace("yield worker", 'yield """\n"""'),
        LEAKY.replace("yield worker", "yield \\\n        worker"),
    ]

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            for number, text in enumerate(texts):
                uri = uri_of(tmp_path / f"{number}.py")
                editor.open(uri, text)
                (found,) = await editor.diagnostics(uri)
                actions = await editor.actions(uri, found.range, ["quickfix"])
                noqa = next(action for action in actions if "noqa" in action.title)
                disabled = editor.applied(uri, noqa.edit)
                assert "CML101" in disabled
                version = editor.type(uri, text, disabled)
                assert await editor.diagnostics(uri, version) == []

    run(scenario())


def test_a_client_without_versioned_edits_and_only_what_is_asked_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path, can=capabilities(versions=False)) as editor:
            editor.open(uri, LEAKY)
            fix, *_ = await editor.actions(uri, YIELD, ["quickfix"])
            assert fix.edit is not None
            assert fix.edit.document_changes is None
            assert editor.applied(uri, fix.edit) == REPAIRED
            assert await editor.actions(uri, YIELD, ["refactor", "source.organizeImports"]) == []
            elsewhere = types.Range(types.Position(0, 0), types.Position(0, 3))
            assert await editor.actions(uri, elsewhere, ["quickfix"]) == []

    run(scenario())


def test_hover_shows_the_rule(tmp_path: Path, cmlint: Run) -> None:
    page = cmlint("rule", "CML101").stdout.strip()

    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            identifier = types.TextDocumentIdentifier(uri)
            shown = await editor.client.text_document_hover_async(types.HoverParams(identifier, YIELD.start))
            assert shown is not None
            assert isinstance(shown.contents, types.MarkupContent)
            assert shown.contents.kind == types.MarkupKind.Markdown
            assert page in shown.contents.value
            assert "Safe fix: yield inside `try`" in shown.contents.value
            nothing = types.HoverParams(identifier, types.Position(0, 0))
            assert await editor.client.text_document_hover_async(nothing) is None

    run(scenario())
