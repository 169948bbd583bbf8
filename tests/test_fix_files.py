"""Files are replaced in one step, keep what they were, and are never half written."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmlint import Config, Source, SourceError, repair_source
from cmlint import source as sources
from cmlint.findings import Edit
from cmlint.rounds import line_after
from conftest import LEAKY, REPAIRED, Run


def test_mode_and_symbolic_links_are_kept(cmlint: Run, tmp_path: Path) -> None:
    real = tmp_path / "real.py"
    real.write_text(LEAKY)
    real.chmod(0o754)
    (tmp_path / "link.py").symlink_to("real.py")
    assert cmlint("--fix", "link.py").returncode == 0
    assert (tmp_path / "link.py").is_symlink()
    assert real.read_text() == REPAIRED
    assert stat.S_IMODE(real.stat().st_mode) == 0o754
    assert {path.name for path in tmp_path.iterdir()} - {".cmlint_cache"} == {"link.py", "real.py"}


def test_a_read_only_file_is_refused_by_name(cmlint: Run, tmp_path: Path) -> None:
    file = tmp_path / "leaky.py"
    file.write_text(LEAKY)
    file.chmod(0o444)
    result = cmlint("--fix", "leaky.py")
    assert result.returncode == 2
    assert "cmlint: leaky.py: is read-only, so it was not repaired" in result.stderr
    assert file.read_text() == LEAKY


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", ["\n", ""])
def test_line_endings_byte_order_mark_and_missing_last_newline_survive(newline: str, bom: bytes, last: str) -> None:
    def styled(text: str) -> bytes:
        return bom + (text.rstrip("\n") + last).replace("\n", newline).encode()

    source = sources.decode("leaky.py", styled(LEAKY))
    repaired = repair_source(source, Config(), unsafe=False)
    assert source.encode(repaired.text) == styled(REPAIRED)


def test_tabs_and_form_feeds_survive() -> None:
    text = "\f\n" + LEAKY.replace("    ", "\t")
    repaired = repair_source(Source("leaky.py", text), Config(), unsafe=False)
    assert repaired.text == "\f\n" + REPAIRED.replace("    ", "\t")


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "leaky.py"
    file.write_text(LEAKY)
    source = sources.read(str(file))
    file.write_text(LEAKY + "# somebody typed this\n")
    with pytest.raises(SourceError, match="changed on disk"):
        sources.write(source, REPAIRED)
    assert file.read_text() == LEAKY + "# somebody typed this\n"


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_interrupt_while_writing_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from cmlint.command_line import cli

    file = tmp_path / "leaky.py"
    file.write_text(LEAKY)

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, moment, interrupted)
    assert cli.main(["--isolated", "--fix", str(file)]) == 2
    assert file.read_text() == LEAKY
    assert [path.name for path in tmp_path.iterdir()] == ["leaky.py"]


def _listens_to_control_c() -> None:
    """Programs that a shell started in the background ignore Ctrl-C, and so do their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_control_c_in_the_middle_of_many_files(tmp_path: Path) -> None:
    files = [tmp_path / f"leaky{number:04}.py" for number in range(400)]
    for file in files:
        file.write_text(LEAKY)
    process = subprocess.Popen(
        [sys.executable, "-m", "cmlint", "--isolated", "--fix", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=_listens_to_control_c,  # noqa: PLW1509 - no thread runs here
    )
    while process.poll() is None and files[3].read_text() == LEAKY:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert {file.read_text() for file in files} == {LEAKY, REPAIRED}
    assert sorted(tmp_path.iterdir()) == files


def test_two_runs_at_once_do_no_harm(tmp_path: Path) -> None:
    files = [tmp_path / f"leaky{number:02}.py" for number in range(40)]
    for file in files:
        file.write_text(LEAKY)
    command = [sys.executable, "-m", "cmlint", "--isolated", "--fix", str(tmp_path)]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
    for run in runs:
        run.wait(timeout=120)
    assert {file.read_text() for file in files} == {REPAIRED}
    assert sorted(tmp_path.iterdir()) == files


def two_that_need_two_rounds() -> str:
    leaky = (
        "def {name}(command):\n"
        "    folder = tempfile.mkdtemp()\n"
        "    process = subprocess.Popen(command, cwd=folder)\n"
        "    yield process\n"
        "    process.terminate()\n"
        "    shutil.rmtree(folder)\n"
    )
    header = "import shutil\nimport subprocess\nimport tempfile\nfrom contextlib import contextmanager\n"
    managers = [f"\n\n@contextmanager\n{leaky.format(name=name)}" for name in ("one", "two")]
    return "".join([header, *managers])


def test_what_comes_up_behind_a_repair_is_told_with_its_line_in_the_repaired_file(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(two_that_need_two_rounds())
    found = cmlint("leaky.py").stderr
    result = cmlint("--fix", "leaky.py")
    told = [line for line in result.stderr.splitlines() if line.startswith("repaired ")]
    at = [line.partition("leaky.py:")[2].split()[:3] for line in told]
    behind = [place for place, line in zip(at, told, strict=True) if "behind another repair" in line]
    assert at == [
        ["11", "CML101", "`one`"],
        ["11", "CML102", "`one`"],
        ["20", "CML101", "`two`"],
        ["20", "CML102", "`two`"],
        *behind,
    ], (told, found)
    lines = (tmp_path / "leaky.py").read_text().splitlines()
    assert [lines[int(line.rstrip(",")) - 1].strip() for line, *_ in behind] == ["folder = tempfile.mkdtemp()"] * 2
    assert "Repaired 4 and 2 that came up behind a repair, 0 left" in result.stderr


def test_a_patch_with_a_repair_that_nothing_was_reported_for_says_so(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(two_that_need_two_rounds())
    shown = cmlint("--diff", "leaky.py")
    piped = cmlint("--diff", "-", "--stdin-filename", "leaky.py", stdin=two_that_need_two_rounds())
    quiet = cmlint("--diff", "-q", "leaky.py")
    fixed = cmlint("--fix", "leaky.py")
    behind = [line.removeprefix("repaired ") for line in fixed.stderr.splitlines() if "behind another repair" in line]
    assert [line.split()[1] for line in behind] == ["CML104", "CML104"]
    for result in (shown, piped):
        assert [line for line in result.stderr.splitlines() if "behind another repair" in line] == [
            f"cmlint: note: the patch also repairs {line}" for line in behind
        ]
    assert quiet.stderr == ""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_is_followed_through_edits(end: str) -> None:
    text = end.join(["one", "two", "three", "four", ""])
    start = text.index("two")
    edits = (
        Edit(0, 0, f"zero{end}"),
        Edit(start, text.index("four"), end.join(["try:", "    three", "    two", ""])),
    )
    assert [line_after(text, line, edits) for line in (1, 2, 3, 4)] == [2, 5, 4, 6]
