"""Settings of files and of the editor, picked up when they change; what is wrong with them is said once."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from conftest import LEAKY
from lsp.editor import Editor, capabilities, editing, run, uri_of


def ignoring(folder: Path, *codes: str) -> None:
    """Write settings that ignore some rules."""
    (folder / "pyproject.toml").write_text(f"[tool.cmlint]\nignore = {list(codes)!r}\n")


def test_a_changed_pyproject_counts_at_the_next_check_and_at_once_when_it_is_watched(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            assert len(await editor.diagnostics(uri)) == 1
            ignoring(tmp_path, "CML101")
            version = editor.type(uri, "yield worker", "yield (worker)")  # nobody says that the file changed
            assert await editor.diagnostics(uri, version) == []
            ignoring(tmp_path, "CML2")
            changed = types.FileEvent(uri_of(tmp_path / "pyproject.toml"), types.FileChangeType.Changed)
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            assert len(await editor.again(uri, 3)) == 1
            assert [one.method for one in editor.registered] == ["workspace/didChangeWatchedFiles"]

    run(scenario())


def test_broken_settings_are_said_once_and_what_was_found_stays(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path) as editor:
            editor.open(uri, LEAKY)
            await editor.diagnostics(uri)
            (tmp_path / "pyproject.toml").write_text("[tool.cmlint]\nselekt = []\n")
            for _ in range(3):
                editor.type(uri, "worker.start()", "worker.start() ")
                await editor.client.text_document_hover_async(
                    types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(8, 4))
                )
            assert len(editor.said) == 1
            assert "pyproject.toml: tool.cmlint: unknown key `selekt`; did you mean `select`?" in editor.said[0]
            assert len(editor.published) == 1
            (tmp_path / "pyproject.toml").unlink()
            version = editor.type(uri, "worker.start()", "worker.start() ")
            assert len(await editor.diagnostics(uri, version)) == 1

    run(scenario())


def test_settings_of_the_editor_from_the_start_and_changed(tmp_path: Path) -> None:
    def tell(editor: Editor, settings: object) -> None:
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))

    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path, options={"ignore": ["CML101"]}) as editor:
            editor.open(uri, LEAKY)
            assert await editor.diagnostics(uri) == []
            tell(editor, {"cmlint": {"select": ["CML101"], "minConfidence": "high"}})
            assert len(await editor.again(uri, 2)) == 1
            tell(editor, {"cmlint": {"minConfidence": "certain"}})
            tell(editor, {"cmlint": {"exclude": ["a.py"]}})
            assert await editor.again(uri, 3) == []
            assert editor.said == [
                "cmlint: settings of the editor: `min-confidence` must be one of low, medium, high, not 'certain'"
            ]

    run(scenario())


def test_an_editor_that_wants_to_be_asked_is_asked(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "a.py")
        async with editing(tmp_path, can=capabilities(configuration=True)) as editor:
            editor.configuration = {"ignore": ["CML1"]}
            editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
            editor.open(uri, LEAKY)
            assert await editor.again(uri, 1) == []

    run(scenario())


def test_each_folder_of_a_workspace_has_its_own_settings(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "src").mkdir(parents=True)
    ignoring(one, "CML101")

    async def scenario() -> None:
        async with editing(one, other) as editor:
            found = {}
            for folder in (one, other):
                uri = uri_of(folder / "src" / "a.py")
                editor.open(uri, LEAKY)
                found[folder] = await editor.diagnostics(uri)
            assert [len(found[folder]) for folder in (one, other)] == [0, 1]

    run(scenario())


def test_excluded_files_and_those_of_virtual_environments_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cmlint]\nexclude = ["generated/"]\n')

    async def scenario() -> None:
        async with editing(tmp_path) as editor:
            for name, count in (("generated/a.py", 0), (".venv/lib/a.py", 0), ("src/a.py", 1)):
                editor.open(uri_of(tmp_path / name), LEAKY)
                assert len(await editor.diagnostics(uri_of(tmp_path / name))) == count

    run(scenario())
