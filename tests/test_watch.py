"""`--watch`: what changes is checked again, and only what came and went is printed."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import LEAKY, REPAIRED, Run
from test_neighbours import HUB, LOUD, QUIET

OTHER = LEAKY.replace("def serving(", "def other(")
PATIENCE = 60  # seconds after which a line is taken not to come


class Watch:
    """A running `cmlint --watch`, and the lines that it prints, both streams in one."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "cmlint", "--watch", "--output-format", "concise", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def until(self, words: str) -> list[str]:
        """The lines that are printed up to the one with `words` in it."""
        seen: list[str] = []
        while True:
            try:
                seen.append(self.lines.get(timeout=PATIENCE))
            except queue.Empty:
                pytest.fail(f"`{words}` does not come; there was {seen}")
            if words in seen[-1]:
                return seen

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A watch of the test's folder, in which server.py has one finding."""
    (tmp_path / "server.py").write_text(LEAKY)
    (tmp_path / "clean.py").write_text("x = 1\n")
    watching = Watch(tmp_path)
    first = watching.until("Watching; Ctrl-C ends it.")
    assert any(line.startswith("./server.py:9:5: CML101") for line in first)
    assert first[-1] == "1 finding in 2 files. Watching; Ctrl-C ends it."
    yield watching
    watching.end()


def test_only_what_came_and_what_went_is_printed(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("\n\n" + LEAKY + OTHER)
    came = watch.until("1 new, 0 gone. 2 findings in 2 files.")
    assert [line.partition(":")[2][:12] for line in came if "CML101" in line] == ["21:5: CML101"]
    (tmp_path / "server.py").write_text(OTHER)
    went = watch.until("0 new, 1 gone. 1 finding in 2 files.")
    assert "gone: ./server.py CML101 `serving`" in went
    assert not any("other" in line for line in went)


def test_files_that_come_go_and_are_renamed(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "new.py").write_text(OTHER)
    watch.until("2 findings in 3 files.")
    (tmp_path / "lib" / "new.py").rename(tmp_path / "lib" / "newer.py")
    assert "gone: ./lib/new.py CML101 `other`" in watch.until("2 findings in 3 files.")
    (tmp_path / "lib").rename(tmp_path / "library")
    assert "gone: ./lib/newer.py CML101 `other`" in watch.until("2 findings in 3 files.")
    (tmp_path / "library" / "newer.py").unlink()
    assert "gone: ./library/newer.py CML101 `other`" in watch.until("1 finding in 2 files.")


def test_an_editor_that_replaces_the_file_loses_nothing(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / ".server.py.swp").write_text(LEAKY + OTHER)
    (tmp_path / ".server.py.swp").replace(tmp_path / "server.py")
    lines = watch.until("1 new, 0 gone. 2 findings in 2 files.")
    assert not any(line.startswith("gone") for line in lines)


def test_a_file_that_does_not_parse_is_said_and_keeps_its_findings(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(LEAKY + "def (\n")
    said = watch.until("0 new, 0 gone. 1 finding in 2 files.")
    assert any("./server.py:11: does not parse" in line for line in said)
    (tmp_path / "server.py").write_text(REPAIRED)
    said = watch.until("0 new, 1 gone. 0 findings in 2 files.")
    assert not any("parse" in line for line in said)


def test_settings_are_picked_up_and_broken_ones_are_said(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cmlint]\nignore = ["CML101"]\n')
    watch.until("new settings: 0 new, 1 gone. 0 findings in 2 files.")
    (tmp_path / "pyproject.toml").write_text('[tool.cmlint]\nignroe = ["CML101"]\n')
    watch.until("unknown key `ignroe`; did you mean `ignore`?")
    (tmp_path / "clean.py").write_text(LEAKY)
    watch.until("0 new, 0 gone. 0 findings in 2 files.")
    (tmp_path / "pyproject.toml").unlink()
    watch.until("2 new, 0 gone. 2 findings in 2 files.")


def test_settings_above_and_a_baseline_are_picked_up(tmp_path: Path, cmlint: Run) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "server.py").write_text(LEAKY)
    cmlint("--update-baseline", "app")
    watching = Watch(tmp_path, "app")
    try:
        watching.until("1 finding in 1 file.")
        (tmp_path / "pyproject.toml").write_text('[tool.cmlint]\nbaseline = "cmlint-baseline.json"\n')
        watching.until("new settings: 0 new, 1 gone.")
        (tmp_path / "app" / "server.py").write_text(LEAKY + OTHER)
        watching.until("1 new, 0 gone. 1 finding in 1 file.")
        cmlint("--update-baseline", "app")
        watching.until("new settings: 0 new, 1 gone. 0 findings in 1 file.")
    finally:
        watching.end()


def test_what_one_file_hands_to_a_framework_counts_in_the_others(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(LEAKY.replace("@contextmanager\n", "").replace("serving", "worker"))
    watch.until("1 finding in 3 files.")
    (tmp_path / "clean.py").write_text(
        "from fastapi import Depends\nfrom service import worker\n\n\n"
        "def route(value=Depends(worker)):\n    return value\n"
    )
    lines = watch.until("1 new, 0 gone. 2 findings in 3 files.")
    assert any(line.startswith("./service.py:8:") for line in lines)


def test_a_file_is_checked_again_when_one_that_it_imports_from_changes(watch: Watch, tmp_path: Path) -> None:
    package = tmp_path / "hubs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sweeper.py").write_text(LOUD)
    watch.until("in 4 files.")
    (package / "hub.py").write_text(HUB)
    assert any("CML105" in line for line in watch.until("in 5 files."))
    (package / "sweeper.py").write_text(QUIET)
    assert any("gone: ./hubs/hub.py CML105" in line for line in watch.until("0 new, 1 gone."))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_one_clean_line(watch: Watch, number: int) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and number == signal.SIGINT:
        pytest.skip("a background job, which a Ctrl-C does not reach")
    watch.process.send_signal(number)
    assert watch.until("no longer watching") == ["cmlint: no longer watching"]
    assert watch.process.wait(PATIENCE) == 0


def test_without_watchfiles_it_is_said(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "watchfiles.py").write_text("raise ImportError('not here')\n")
    result = cmlint("--watch", PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    said = "install cmlint with its extra `watch`, from where you have it (in a clone: pip install '.[watch]')"
    assert result.stderr == f"cmlint: --watch needs `watchfiles`: {said}\n"


@pytest.mark.parametrize(
    "arguments",
    [["--watch", "--fix"], ["--watch", "-"], ["--watch", "--output-format", "json"], ["--watch", "missing"]],
)
def test_what_can_not_be_watched_is_one_line(cmlint: Run, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    result = cmlint(*arguments, stdin="")
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)


def test_a_single_file_is_watched_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(LEAKY)
    watching = Watch(tmp_path, "server.py")
    try:
        watching.until("1 finding in 1 file.")
        (tmp_path / "other.py").write_text(LEAKY)
        os.replace(tmp_path / "other.py", tmp_path / "server.py")
        (tmp_path / "server.py").write_text(REPAIRED)
        assert any(line.startswith("gone: server.py") for line in watching.until("0 findings in 1 file."))
    finally:
        watching.end()
