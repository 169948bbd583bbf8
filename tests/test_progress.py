"""Progress of long runs: on a terminal only, on standard error only, and gone at the end."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from conftest import LEAKY

# The command line, to which every run is a long one.
IMPATIENT = (
    "from cmlint.command_line import cli; from cmlint.running import progress; progress.PATIENCE = 0.0; cli.run()"
)
IMPORTS, DEFINITION = LEAKY.split("\n\n\n")


def _tree(folder: Path, files: int) -> Path:
    for number in range(files):
        managers = [DEFINITION.replace("serving", f"serving_{number}_{i}") for i in range(10)]
        (folder / f"part_{number}.py").write_text("\n\n\n".join([IMPORTS, *managers]))
    return folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _tree(tmp_path_factory.mktemp("tree"), 5)


class Terminal:
    """A run whose standard error is a terminal; `told` is what was written to it so far."""

    def __init__(self, folder: Path, *arguments: str, script: str = IMPATIENT, **environment: str) -> None:
        self.main, terminal = pty.openpty()
        inherited = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "FORCE_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, "--isolated", "--output-format", "concise", *arguments, "."],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=terminal,
            env={**inherited, "TERM": "xterm", "COLUMNS": "100", **environment},
        )
        os.close(terminal)
        self.told = ""
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self.main, 65536)
            except OSError:  # Linux's way to say that it ended
                return
            if not part:
                return
            self.told += part.decode()

    def finish(self) -> tuple[str, str]:
        """What is on standard output and on the terminal at the end."""
        out, _ = self.process.communicate(timeout=120)
        self.reader.join()
        os.close(self.main)
        return out.decode(), self.told


@pytest.fixture(scope="module")
def watched(tree: Path) -> tuple[str, str]:
    return Terminal(tree).finish()


def test_files_findings_and_rate_are_shown(watched: tuple[str, str]) -> None:
    _, told = watched
    assert "/5 files, " in told
    assert " findings, " in told
    assert " files/s" in told


def test_it_is_wiped_out_and_the_summary_is_the_last_line(watched: tuple[str, str]) -> None:
    _, told = watched
    last = told.rpartition("files/s")[2]
    assert "\x1b[2K" in last  # the line is erased
    assert last.rstrip().endswith("can be repaired with `--fix`.")
    assert last.rpartition("\x1b[2K")[2].strip().startswith("Found 50 findings in 5 files.")


def test_standard_output_has_none_of_it(watched: tuple[str, str]) -> None:
    out, _ = watched
    assert "\x1b" not in out
    assert len(out.splitlines()) == 50


def test_ctrl_c_wipes_it_out(tmp_path: Path) -> None:
    terminal = Terminal(_tree(tmp_path, 200))
    deadline = time.monotonic() + 60
    while "files/s" not in terminal.told and time.monotonic() < deadline:
        time.sleep(0.02)
    terminal.process.send_signal(signal.SIGTERM)  # the same as Ctrl-C, and not ignored in background jobs
    out, told = terminal.finish()
    assert terminal.process.returncode == 2
    assert out == ""
    last = told.rpartition("files/s")[2]
    assert "\x1b[2K" in last
    assert last.rpartition("\x1b[2K")[2].strip() == (
        "cmlint: interrupted; every file is either as it was or completely repaired"
    )


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TERM": "dumb"}])
def test_none_where_the_terminal_is_no_real_one(tree: Path, environment: dict[str, str]) -> None:
    _, told = Terminal(tree, **environment).finish()
    assert told.splitlines() == ["Found 50 findings in 5 files. 50 can be repaired with `--fix`."]


def test_none_when_quiet(tree: Path) -> None:
    assert Terminal(tree, "--quiet").finish()[1] == ""


def test_none_in_a_pipe(tree: Path) -> None:
    command = [sys.executable, "-c", IMPATIENT, "--isolated", "--quiet", "."]
    assert subprocess.run(command, cwd=tree, capture_output=True).stderr == b""


def test_none_for_a_short_run(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.py").write_text("x = 1\n")
    script = "from cmlint.command_line import cli; cli.run()"
    assert Terminal(tmp_path, script=script).finish()[1].splitlines() == ["No findings in 2 files."]
