"""What the server says of a text that is being edited: what the command line would, of this very version."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from lsprotocol import types

from conftest import LEAKY, REPAIRED, Run
from lsp.editor import Editor, apply, capabilities, editing, run, uri_of

YIELD = types.Range(types.Position(8, 4), types.Position(8, 16))


def test_unsaved_text_is_checked_as_it_is_typed(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "unsaved.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            assert [found.code for found in await editor.diagnostics(uri)] == ["CML101"]
            version = editor.type(uri, "    yield worker\n", "    try:\n        yield worker\n    finally:\n    ")
            assert editor.texts[uri][1] == REPAIRED
            assert await editor.diagnostics(uri, version) == []
            version = editor.type(uri, "finally:\n        worker", "finally:\n        pass\n    worker")
            assert [found.code for found in await editor.diagnostics(uri, version)] == ["CML101"]

    run(scenario())


def test_a_diagnostic_tells_the_rule_the_place_and_the_path(tmp_path: Path, cmlint: Run) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    (told,) = json.loads(cmlint("--output-format", "json", "leaky.py").stdout)

    async def scenario() -> None:
        uri = uri_of(tmp_path / "leaky.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            (found,) = await editor.diagnostics(uri)
            assert (found.source, found.code, found.message) == ("cmlint", told["code"], told["message"])
            assert (found.range.start.line, found.range.start.character) == (told["line"] - 1, told["column"] - 1)
            assert found.severity == types.DiagnosticSeverity.Error
            assert found.code_description is not None
            page = Path(found.code_description.href.removeprefix("file://")).read_text()
            assert "CML101 orphaned-process" in page.split("\n")[0]
            steps = found.related_information or []
            assert [step.message for step in steps] == [
                f"{number}. {step['message']}" for number, step in enumerate(told["witness"], start=1)
            ]
            assert [step.location.range.start.line + 1 for step in steps] == [step["line"] for step in told["witness"]]
            assert {step.location.uri for step in steps} == {uri}

    run(scenario())


def test_severity_follows_confidence(tmp_path: Path) -> None:
    text = "\n\ndef use():\n    serving(print)\n"  # thrown away, of which the rule is less sure

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open(uri_of(tmp_path / "a.py"), LEAKY + text)
            found = await editor.diagnostics(uri_of(tmp_path / "a.py"))
            assert [(one.code, one.severity) for one in found] == [
                ("CML101", types.DiagnosticSeverity.Error),
                ("CML205", types.DiagnosticSeverity.Warning),
            ]

    run(scenario())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_positions_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    odd = LEAKY.replace("    worker.start()", "\t'\N{SNAKE}é\f\u2028'; worker.start()  # \N{SNAKE}")
    odd = odd.replace("    yield worker", "\t'\N{SNAKE}é'; yield worker").replace("    worker", "\tworker")

    async def scenario() -> None:
        async with editing(tmp_path, can=capabilities(encodings=[encoding])) as editor:
            assert editor.encoding == encoding
            for newline, mark in itertools.product(("\n", "\r\n", "\r"), ("", "\ufeff")):
                await check(editor, mark + odd.replace("\n", newline), f"file:///odd{len(editor.texts)}.py")

    async def check(editor: Editor, text: str, uri: str) -> None:
        editor.open(uri, text)
        (found,) = await editor.diagnostics(uri)
        assert apply(text, [types.TextEdit(found.range, "<>")], encoding) == text.replace("yield worker", "<>")
        started = (found.related_information or [])[0].location.range
        assert apply(text, [types.TextEdit(started, "<>")], encoding) == text.replace("worker.start()", "<>")
        # What is typed behind such characters arrives where it belongs.
        version = editor.type(uri, "yield worker", "yield (worker)")
        (found,) = await editor.diagnostics(uri, version)
        typed = apply(editor.texts[uri][1], [types.TextEdit(found.range, "<>")], encoding)
        assert typed == text.replace("yield worker", "<>")

    run(scenario())


def test_utf_16_is_what_a_client_gets_that_says_nothing_or_something_unknown(tmp_path: Path) -> None:
    async def scenario(encodings: list[str] | None) -> None:
        async with editing(tmp_path, can=capabilities(encodings=encodings)) as editor:
            assert editor.encoding == "utf-16"

    run(scenario(None))
    run(scenario(["ebcdic"]))


def test_what_was_found_stays_while_the_text_does_not_parse(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            await editor.diagnostics(uri)
            broken = editor.type(uri, "worker.terminate()", "worker.terminate(")
            mended = editor.type(uri, "worker.terminate(", "worker.kill()")
            assert [found.code for found in await editor.diagnostics(uri, mended)] == ["CML101"]
            broken = editor.type(uri, "worker.kill()", "worker.kill(")
            hover = await editor.client.text_document_hover_async(
                types.HoverParams(types.TextDocumentIdentifier(uri), YIELD.start)
            )
            assert hover is None  # nothing is said of a place that may be elsewhere by now
            assert await editor.actions(uri, YIELD) == []
            assert all(params.version != broken for params in editor.published)

    run(scenario())


def test_a_text_that_never_parsed_has_no_diagnostics(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, "def f(:\n")
            assert await editor.diagnostics(uri) == []
            version = editor.type(uri, "def f(:\n", LEAKY)
            assert len(await editor.diagnostics(uri, version)) == 1

    run(scenario())


def test_fast_typing_is_not_answered_key_by_key_and_ends_with_the_last_version(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY + "\n# |\n")
            await editor.diagnostics(uri)
            for _ in range(200):
                version = editor.type(uri, "|", "x|")
            version = editor.type(uri, "yield worker", "yield (worker)")
            (found,) = await editor.diagnostics(uri, version)
            assert found.range.end.character == len("    yield (worker)")
            versions = [params.version for params in editor.published]
            assert versions == sorted(versions)
            assert len(versions) < 100

    run(scenario())


def test_closing_clears_and_reopening_checks_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            await editor.diagnostics(uri)
            identifier = types.TextDocumentIdentifier(uri)
            editor.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))
            assert await editor.again(uri, 2) == []
            editor.open(uri, LEAKY)
            assert len(await editor.again(uri, 3)) == 1

    run(scenario())


def test_a_text_that_is_no_file_and_one_that_is_no_python(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            editor.open("file:///notes.txt", LEAKY, language="plaintext")
            editor.open("untitled:Untitled-1", LEAKY)
            assert len(await editor.diagnostics("untitled:Untitled-1")) == 1
            assert {params.uri for params in editor.published} == {"untitled:Untitled-1"}

    run(scenario())


def test_a_client_that_pulls_gets_the_same_and_nothing_is_pushed(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path, can=capabilities(pull=True)) as editor:
            editor.open(uri, LEAKY)
            params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
            report = await editor.client.text_document_diagnostic_async(params)
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            assert [found.code for found in report.items] == ["CML101"]
            editor.type(uri, "    yield worker\n", "    try:\n        yield worker\n    finally:\n    ")
            report = await editor.client.text_document_diagnostic_async(params)
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            assert list(report.items) == []
            assert editor.published == []

    run(scenario())
