"""Notebooks: the code cells are one module, told and repaired by cell; every other byte of the file stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cmlint import Config, repair_source
from cmlint.command_line.cli import main
from cmlint.source import decode
from conftest import LEAKY, REPAIRED, Run

IMPORTS = "from contextlib import contextmanager\nfrom multiprocessing import Process\n"
MANAGER = LEAKY.removeprefix(IMPORTS).strip()
REPAIRED_MANAGER = REPAIRED.removeprefix(IMPORTS).strip()
PYTHON = {"language_info": {"name": "python"}}


def code(source: str | list[str]) -> dict[str, Any]:
    outputs = [{"name": "stdout", "output_type": "stream", "text": ["yield worker\n", "    worker.terminate()"]}]
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": source}


def lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)


def notebook(*cells: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    said = PYTHON if metadata is None else metadata
    return {"cells": list(cells), "metadata": said, "nbformat": 4, "nbformat_minor": 5}


TITLE = {"cell_type": "markdown", "metadata": {}, "source": ["# Überschrift\n", "yield"]}
LEAKING = notebook(TITLE, code(lines(IMPORTS)), code(lines(MANAGER)))


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def test_what_one_cell_imports_counts_in_the_next_and_a_finding_is_told_by_its_cell(
    cmlint: Run, tmp_path: Path
) -> None:
    write(tmp_path / "a.ipynb", LEAKING)
    result = cmlint("--output-format", "concise", ".")
    assert result.returncode == 1
    assert "a.ipynb:cell 3:5:5: CML101 " in result.stdout
    full = cmlint("a.ipynb").stdout
    assert "  5 |     yield worker\n" in full
    (finding,) = json.loads(cmlint("--output-format", "json", "a.ipynb").stdout)
    assert (finding["path"], finding["cell"], finding["line"], finding["cleanup_lines"]) == ("a.ipynb", 3, 5, [6])
    repaired = f"{MANAGER}\n"  # every line counts as ended
    for edit in reversed(finding["fix"]["edits"]):
        repaired = repaired[: edit["start"]] + edit["content"] + repaired[edit["end"] :]
    assert repaired == f"{REPAIRED_MANAGER}\n"


def test_a_line_of_another_cell_is_not_counted_in_this_one(cmlint: Run, tmp_path: Path) -> None:
    helper = "import shutil\n\ndef end(file, folder):\n    shutil.rmtree(folder)\n    file.close()\n"
    entering = "class W:\n    def __enter__(self):\n        self.file = open('x')\n        return self\n\n"
    leaving = "    def __exit__(self, *_):\n        end(self.file, self.folder)\n"
    write(tmp_path / "a.ipynb", notebook(code(lines(helper)), code(lines(entering + leaving))))
    result = cmlint("a.ipynb")
    assert "cell 2:7:9: CML105" in result.stdout
    assert "in `end`: a line of an earlier cell can raise" in result.stdout


def test_a_line_that_a_message_speaks_of_is_one_of_the_cell(cmlint: Run, tmp_path: Path) -> None:
    source = (
        "import os\n\n@contextmanager\ndef opened(path):\n    handle = os.open(path, os.O_RDONLY)\n"
        "    os.fsync(os.open(path, 0))\n    try:\n        yield handle\n    finally:\n        os.close(handle)\n"
    )
    write(tmp_path / "a.ipynb", notebook(code(IMPORTS), code("x = 1\n" * 30), code(source)))
    result = cmlint("--select", "CML104", "a.ipynb")
    assert "a.ipynb:cell 3:5:" in result.stdout
    assert "when line 6 raises" in result.stdout


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
@pytest.mark.parametrize("ending", ["", "\n", "\n\n"])
@pytest.mark.parametrize("as_list", [True, False])
def test_only_the_repaired_source_differs(indent: int | str | None, ending: str, as_list: bool) -> None:
    def told(manager: str, escaped: bool) -> str:
        comment = "# größer \N{PILE OF POO}\n"
        source: Any = lines(comment + manager) if as_list else comment + manager
        content = notebook(TITLE, code(lines(IMPORTS)), code(source), code("print('\\u00e9', 1)"))
        return json.dumps(content, indent=indent, ensure_ascii=escaped) + ending

    for escaped in (True, False):
        source = decode("a.ipynb", told(MANAGER, escaped).encode())
        repaired = repair_source(source, Config(), unsafe=False)
        assert source.encode(repaired.text) == told(REPAIRED_MANAGER, escaped).encode()


def test_spelling_that_json_would_not_choose_stays(cmlint: Run, tmp_path: Path) -> None:
    def told(*body: str) -> bytes:
        head = '"@contextmanager\\u000adef serv\\u0069ng(target):\\n"', '"    worker = Process(target=target)\\n"'
        source = ",\r\n      ".join([*head, *body])
        parts = (
            '\ufeff{"nbformat": 4 , "metadata":{}, "x":[1.50, "\\/\\u003c"],\r\n "cells" : [ {"source":',
            f'{json.dumps(IMPORTS)}, "cell_type":"code"}} ,\r\n{{"cell_type":"code", "source":[\r\n',
            f'      {source}\r\n ] , "outputs":[]}}]}}',
        )
        return "".join(parts).encode()

    path = tmp_path / "a.ipynb"
    path.write_bytes(told('"    worker.start()\\n"', '"    yield worker\\n"', '"    worker.terminate()"'))
    assert cmlint("--fix", "a.ipynb").returncode == 0
    body = ["    worker.start()\n", "    try:\n", "        yield worker\n", "    finally:\n"]
    assert path.read_bytes() == told(*map(json.dumps, [*body, "        worker.terminate()"]))


def test_carriage_returns_in_a_source_stay(cmlint: Run, tmp_path: Path) -> None:
    whole = IMPORTS + MANAGER
    write(tmp_path / "a.ipynb", notebook(code(lines(whole.replace("\n", "\r\n")))))
    assert cmlint("--fix", "a.ipynb").returncode == 0
    (cell,) = json.loads((tmp_path / "a.ipynb").read_text("utf-8"))["cells"]
    assert "".join(cell["source"]) == (IMPORTS + REPAIRED_MANAGER).replace("\n", "\r\n")


def test_every_kind_of_newline_counts_as_one(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(code("x = 1\ry = 2\r\nz = 3\n"), code(lines(IMPORTS)), code(MANAGER)))
    assert cmlint("--output-format", "concise", "a.ipynb").stdout.startswith("a.ipynb:cell 3:5:5: CML101")


MAGIC = """\
%%time
%matplotlib inline
!pip install \\
   nothing | grep 'x
files = !ls
text = '''
%d items
'''
total = (10
  % 3)
help?
?help
for name in files:
    !cat {name}
"""


def test_commands_of_ipython_are_passed_over_and_stay(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(code(MAGIC + IMPORTS), code("%%bash\nfor i in *; do :; done"), code(MANAGER)))
    before = json.loads((tmp_path / "a.ipynb").read_text("utf-8"))
    result = cmlint("--fix", "a.ipynb")
    assert (result.returncode, result.stdout) == (0, "")
    assert "repaired a.ipynb:cell 3:5 CML101" in result.stderr
    after = json.loads((tmp_path / "a.ipynb").read_text("utf-8"))
    assert after["cells"][2]["source"] == REPAIRED_MANAGER
    assert after["cells"][:2] == before["cells"][:2]


def test_a_command_inside_of_what_is_repaired_moves_with_it(cmlint: Run, tmp_path: Path) -> None:
    start, stop = "    yield worker\n", "    worker.terminate()"
    source = IMPORTS + MANAGER.replace(start + stop, start + stop + "\n    !echo 'done'")
    write(tmp_path / "a.ipynb", notebook(code(source)))
    cmlint("--fix", "--unsafe-fixes", "a.ipynb")
    (cell,) = json.loads((tmp_path / "a.ipynb").read_text("utf-8"))["cells"]
    assert "!echo 'done'" in cell["source"]
    assert "IPython" not in cell["source"]


@pytest.mark.parametrize(
    "metadata",
    [{"language_info": {"name": "R"}}, {"kernelspec": {"language": "julia", "name": "julia-1.9"}}],
)
def test_notebooks_of_other_languages_are_passed_over(cmlint: Run, tmp_path: Path, metadata: dict[str, Any]) -> None:
    write(tmp_path / "a.ipynb", notebook(code("x <- function(n) n"), metadata=metadata))
    result = cmlint("a.ipynb")
    assert (result.returncode, result.stdout) == (0, "")


def test_a_cell_in_another_language_is_passed_over(cmlint: Run, tmp_path: Path) -> None:
    other = {**code("SELECT * FROM t"), "metadata": {"vscode": {"languageId": "sql"}}}
    write(tmp_path / "a.ipynb", notebook(other, code("await thing()")))
    assert cmlint("a.ipynb").returncode == 0


def test_what_is_not_python_costs_its_own_notebook_and_names_the_cell(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "bad.ipynb", notebook(TITLE, code("x = 1\ndef f(:\n"), code(IMPORTS + MANAGER)))
    write(tmp_path / "good.ipynb", LEAKING)
    before = (tmp_path / "bad.ipynb").read_bytes()
    result = cmlint("--fix", ".")
    assert result.returncode == 2
    assert "./bad.ipynb: cell 2, line 2: does not parse: " in result.stderr
    assert "repaired ./good.ipynb:cell 3:5 CML101" in result.stderr
    assert (tmp_path / "bad.ipynb").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a.ipynb:1: is no notebook: not valid JSON"),
        (b'{"cells": [', "a.ipynb:1: is no notebook: not valid JSON"),
        (b"[]", "a.ipynb: is JSON, but no notebook"),
        (b'{"name": "cmlint"}', "a.ipynb: is JSON, but no notebook"),
        (b'{"nbformat": 4}', "a.ipynb: is no notebook: it has no list of cells"),
        (b'{"nbformat": 3, "worksheets": []}', "a.ipynb: is a notebook of format 3"),
        (b'{"nbformat": "x", "cells": []}', "a.ipynb: is a notebook of format x"),
        (b'{"nbformat": 4, "cells": [3]}', "a.ipynb: is no notebook: its cell 1 is no object"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "a.ipynb: is no notebook: its cell 1 has no source"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [3]}]}', "its cell 1 has no source"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "\\ud800"}]}', "not valid utf-8"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x\\u0000"}]}', "cell 1"),
        (b'{"nbformat": 4, "cells": "\xff"}', "a.ipynb: is no notebook: not valid utf-8"),
        (b"[" * 100_000, "a.ipynb: is no notebook: its JSON is nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_one_line_and_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    (tmp_path / "a.ipynb").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert main(["-q", "--fix", "a.ipynb"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert (tmp_path / "a.ipynb").read_bytes() == content


def test_a_patch_is_told_cell_by_cell(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", LEAKING)
    result = cmlint("-q", "--diff", "a.ipynb")
    assert result.stdout.startswith("--- a/a.ipynb:cell 3\n+++ b/a.ipynb:cell 3\n@@ -2,5 +2,7 @@\n")
    assert "\n-    yield worker\n" in result.stdout
    assert "the patch shows cells of notebooks, to be read" in result.stderr


@pytest.mark.parametrize("output_format", ["sarif", "github", "gitlab", "junit", "html"])
def test_formats_that_know_no_cells_name_the_cell(cmlint: Run, tmp_path: Path, output_format: str) -> None:
    write(tmp_path / "a.ipynb", LEAKING)
    result = cmlint("--output-format", output_format, "a.ipynb")
    assert "cell 3" in result.stdout
    assert "deletedRegion" not in result.stdout


def test_standard_input_can_be_a_notebook(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", LEAKING)
    given = (tmp_path / "a.ipynb").read_bytes()
    checked = cmlint("--stdin-filename", "b.ipynb", "--output-format", "concise", "-", stdin=given)
    assert checked.stdout.startswith("b.ipynb:cell 3:5:5: CML101")
    repaired = cmlint("--stdin-filename", "b.ipynb", "--fix", "-", stdin=given).stdout
    assert repaired == (
        json.dumps(notebook(TITLE, code(lines(IMPORTS)), code(lines(REPAIRED_MANAGER))), indent=1, ensure_ascii=False)
        + "\n"
    )
    broken = cmlint("--stdin-filename", "b.ipynb", "--fix", "-", stdin=given[:-20])
    assert (broken.returncode, broken.stdout.encode()) == (2, given[:-20])


def test_noqa_counts_in_a_cell(cmlint: Run, tmp_path: Path) -> None:
    marked = MANAGER.replace("yield worker", "yield worker  # noqa: CML101")
    write(tmp_path / "a.ipynb", notebook(code(lines(IMPORTS)), code(lines(marked))))
    assert cmlint("a.ipynb").returncode == 0


def test_checkpoints_are_not_looked_for(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(code("x = 1")))
    (tmp_path / ".ipynb_checkpoints").mkdir()
    write(tmp_path / ".ipynb_checkpoints" / "a-checkpoint.ipynb", LEAKING)
    assert cmlint(".").returncode == 0


def test_comments_of_cmlint_s_own_are_not_mistaken(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook(code("# %% cmlint: cell 7\nx = 1"), code(IMPORTS + MANAGER)))
    before = (tmp_path / "a.ipynb").read_bytes()
    result = cmlint("--fix", "a.ipynb")
    assert result.returncode == 2
    assert "so it was not checked" in result.stderr
    assert (tmp_path / "a.ipynb").read_bytes() == before


def test_a_finding_of_a_notebook_can_be_replayed(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", LEAKING)
    result = cmlint("--emit-test", "tests", "a.ipynb")
    assert "replay: confirmed: line 6 did not run when the body raised Exception" in result.stdout
    assert "a.ipynb:cell 3:5: no test for CML101 `serving`" in result.stderr
    named = cmlint("replay", "a.ipynb::serving")
    assert (named.returncode, named.stderr.count("\n")) == (2, 1)
