"""Many files: the cache, the processes and the start-up change how long a run takes, and never what it says."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmlint import Config, Finder, Reader
from cmlint.rule_codes import CODES
from cmlint.rules import RULES
from cmlint.running import workers
from cmlint.running.paths import Run, check_paths
from conftest import LEAKY
from conftest import Run as Command
from test_notebooks import LEAKING, write

CLEAN = "x = 1\n"
SCREENED = "from contextlib import contextmanager\n\n\n@contextmanager\ndef plain():\n    yield\n"


def settings() -> Finder:
    return Finder(Reader(CODES), {}, fixed=Config())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    for number in range(6):
        (folder / f"leaky{number}.py").write_text(LEAKY)
        (folder / f"clean{number}.py").write_text(CLEAN)
        (folder / f"screened{number}.py").write_text(SCREENED)
    return folder


def test_the_funnel_counts(cmlint: Command, tree: Path) -> None:
    said = cmlint("--statistics", "--no-cache", "tree").stderr
    for line in ("18  files read", "12  files with a trigger word", "6  files screened out", "6  files parsed"):
        assert line in said


def test_a_second_run_parses_nothing_and_says_the_same(tree: Path, tmp_path: Path) -> None:
    run = Run(cache=str(tmp_path / "cache"))
    first = check_paths([str(tree)], settings(), run=run)
    second = check_paths([str(tree)], settings(), run=run)
    assert (first.counts.parsed, first.counts.cached) == (6, 0)
    assert (second.counts.parsed, second.counts.cached, second.counts.screened) == (0, 18, 0)
    assert (second.findings, second.texts) == (first.findings, first.texts)
    assert len(first.findings) == 6


def test_a_file_that_changed_is_checked_again_even_with_its_old_time_and_size(tree: Path, tmp_path: Path) -> None:
    run = Run(cache=str(tmp_path / "cache"))
    file = tree / "leaky0.py"
    check_paths([str(tree)], settings(), run=run)
    times = file.stat()
    file.write_text(LEAKY.replace("yield worker", "yield target"))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    again = check_paths([str(tree)], settings(), run=run)
    assert again.counts.parsed == 1
    assert "yield target" in again.texts[str(file)]


BROKEN = "def broken(:\n"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A tree beyond the size up to which every file is asked: broken files with and without something to check."""
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "padding.py").write_text("x = 1\n" * 400_000)
    (folder / "other.py").write_text(BROKEN)
    (folder / "leaky.py").write_text(LEAKY)
    (folder / "screened.py").write_text(SCREENED)
    (folder / "broken_leaky.py").write_text(LEAKY + BROKEN)
    (folder / "broken_manager.py").write_text(SCREENED.replace("yield", "yield ("))
    return folder


def test_in_a_large_tree_what_can_hold_no_manager_is_not_asked_whether_it_parses(
    cmlint: Command, large: Path, tmp_path: Path
) -> None:
    whole = cmlint("--output-format", "concise", "--statistics", "large")
    assert whole.returncode == 2
    assert [line.partition(":")[0] for line in whole.stdout.splitlines()] == ["large/leaky.py"]
    said = [line for line in whole.stderr.splitlines() if line.startswith("cmlint: ")]
    assert [line.split(":")[1] for line in said] == [" large/broken_leaky.py", " large/broken_manager.py"]
    assert "3  files not asked whether they parse" in whole.stderr
    for arguments in ((), ("--no-cache",), ("--jobs", "3", "--no-cache"), ("--jobs", "1", "--no-cache")):
        again = cmlint("--output-format", "concise", *arguments, "large")
        assert (again.returncode, again.stdout) == (2, whole.stdout)
        assert [line for line in again.stderr.splitlines() if line.startswith("cmlint: ")] == said
    # What is named is asked, whatever else is checked, and whatever a run that did not ask left in the cache.
    named = cmlint("large", "large/other.py", "large/screened.py", "--statistics")
    assert "cmlint: large/other.py:1: does not parse" in named.stderr
    assert "1  files not asked whether they parse" in named.stderr
    (large / "padding.py").unlink()
    assert "cmlint: large/other.py:1: does not parse" in cmlint("large").stderr


def test_other_settings_have_other_entries(tree: Path, tmp_path: Path) -> None:
    run = Run(cache=str(tmp_path / "cache"))
    assert len(check_paths([str(tree)], settings(), run=run).findings) == 6
    other = Finder(Reader(CODES), {}, fixed=Config(ignore=("CML101",)))
    assert check_paths([str(tree)], other, run=run).findings == ()
    assert len(check_paths([str(tree)], settings(), run=run).findings) == 6


@pytest.mark.parametrize(
    "garbage", [b"", b"\0\1", b"[]", b"{", b'{"x": 1}', b"[" * 100_000, b'{"k": {"findings": [[]]}}']
)
def test_a_cache_of_garbage_only_costs_time(tree: Path, tmp_path: Path, garbage: bytes) -> None:
    cache = tmp_path / "cache"
    first = check_paths([str(tree)], settings(), run=Run(cache=str(cache)))
    (kept,) = cache.glob("results-*.json")
    kept.write_bytes(garbage)
    assert check_paths([str(tree)], settings(), run=Run(cache=str(cache))).findings == first.findings


def sealed(entries: dict[str, object]) -> str:
    """A file of the cache with these entries."""
    text = json.dumps(entries)
    return f'["{hashlib.blake2b(text.encode(), digest_size=20).hexdigest()}",\n{text}\n]\n'


def test_a_cache_in_which_a_value_was_changed_only_costs_time(cmlint: Command, tree: Path) -> None:
    command = ("--isolated", "--output-format", "full", "tree")
    first = cmlint(*command)
    (kept,) = (tree.parent / ".cmlint_cache").glob("results-*.json")
    whole = kept.read_text()
    for old, new in (("CML101", "CML102"), ('"witness":[[[', '"witness":[[[null,'), ('"fix":{', '"fix":null,"was":{')):
        changed = whole.replace(old, new)
        assert changed != whole
        kept.write_text(changed)
        again = cmlint(*command)
        assert (again.returncode, again.stdout, again.stderr) == (first.returncode, first.stdout, first.stderr)
        assert kept.read_text() == whole


def test_entries_of_another_shape_only_cost_time(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = check_paths([str(tree)], settings(), run=Run(cache=str(cache)))
    (kept,) = cache.glob("results-*.json")
    for value in (
        1,
        [],
        {"findings": 3},
        {"findings": [{"code": 1}]},
        {"notes": [1]},
        {"marks": []},
        {"marks": {"a": 1}},
    ):
        kept.write_text(sealed(dict.fromkeys(json.loads(kept.read_text())[1], value)))
        assert check_paths([str(tree)], settings(), run=Run(cache=str(cache))).findings == first.findings


def test_a_cache_that_can_not_be_written_is_no_cache(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/cmlint")):
        assert len(check_paths([str(tree)], settings(), run=Run(cache=str(place))).findings) == 6


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="there are no such limits")
def test_on_a_full_disk_there_is_no_cache_and_nothing_else_is_missing(cmlint: Command, tree: Path) -> None:
    """A limit for what a file may hold fails in the middle of a write, as a full disk does."""
    import resource

    command = [sys.executable, "-m", "cmlint", "--isolated", "--output-format", "concise", "tree"]
    full = subprocess.run(
        command,
        cwd=tree.parent,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
    )
    assert not list((tree.parent / ".cmlint_cache").glob("*results*"))
    whole = cmlint("--isolated", "--output-format", "concise", "tree")
    assert (full.returncode, full.stdout, full.stderr) == (whole.returncode, whole.stdout, whole.stderr)
    assert len(list((tree.parent / ".cmlint_cache").glob("*results*"))) == 1
    assert (tree.parent / ".cmlint_cache" / ".gitignore").read_text().endswith("*\n")


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="there are no such limits")
def test_a_disk_that_is_full_at_first_use_leaves_no_cache_that_git_sees(cmlint: Command, tree: Path) -> None:
    import resource

    subprocess.run(
        [sys.executable, "-m", "cmlint", "--isolated", "tree"],
        cwd=tree.parent,
        capture_output=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert list((tree.parent / ".cmlint_cache").iterdir()) == []
    cmlint("--isolated", "tree")
    assert (tree.parent / ".cmlint_cache" / ".gitignore").read_text().endswith("*\n")


def test_a_folder_that_holds_something_else_is_not_hidden_from_git(cmlint: Command, tree: Path) -> None:
    assert cmlint("--cache-dir", ".", "tree").returncode == 1
    assert list(tree.parent.glob("results-*.json"))
    assert not (tree.parent / ".gitignore").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_in_the_cache_is_not_waited_for(tree: Path, tmp_path: Path) -> None:
    run = Run(cache=str(tmp_path / "cache"))
    first = check_paths([str(tree)], settings(), run=run)
    (kept,) = (tmp_path / "cache").glob("results-*.json")
    kept.unlink()
    os.mkfifo(kept)
    assert check_paths([str(tree)], settings(), run=run).findings == first.findings
    assert kept.is_file()


def test_symbolic_links_are_not_followed(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    check_paths([str(tree)], settings(), run=Run(cache=str(cache)))
    (kept,) = cache.glob("results-*.json")
    precious = tmp_path / "precious"
    precious.write_text("{}")
    kept.unlink()
    kept.symlink_to(precious)
    check_paths([str(tree)], settings(), run=Run(cache=str(cache)))
    assert precious.read_text() == "{}"
    assert not kept.is_symlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "link").symlink_to(elsewhere)
    check_paths([str(tree)], settings(), run=Run(cache=str(tmp_path / "link")))
    assert list(elsewhere.iterdir()) == []


def test_fix_repairs_what_the_cache_knows_and_the_cache_is_not_stale(cmlint: Command, tree: Path) -> None:
    assert cmlint("tree").returncode == 1
    assert (tree.parent / ".cmlint_cache" / ".gitignore").read_text().endswith("*\n")
    assert cmlint("--fix", "tree").returncode == 0
    assert cmlint("tree").returncode == 0


def test_no_cache_leaves_nothing_behind(cmlint: Command, tree: Path) -> None:
    assert cmlint("--no-cache", "tree").returncode == 1
    assert not (tree.parent / ".cmlint_cache").exists()


def test_two_runs_at_once_share_a_cache(tree: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cmlint", "--isolated", "-q", "--output-format", "concise", "tree"]
    started = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {process.communicate(timeout=120)[0] for process in started}
    assert len(said) == 1
    assert [path.suffix for path in (tmp_path / ".cmlint_cache").glob("*results*")] == [".json"]


@pytest.mark.parametrize("jobs", ["1", "2", "5"])
def test_the_output_is_the_same_whatever_the_jobs(cmlint: Command, tree: Path, jobs: str) -> None:
    one = cmlint("--output-format", "json", "--no-cache", "tree")
    assert cmlint("--output-format", "json", "--no-cache", "--jobs", jobs, "tree").stdout == one.stdout


def test_what_several_processes_found_is_in_the_cache(tree: Path, tmp_path: Path) -> None:
    run = Run(jobs=3, cache=str(tmp_path / "cache"))
    check_paths([str(tree)], settings(), run=run)
    assert check_paths([str(tree)], settings(), run=run).counts.cached == 18


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the process is replaced in a fork")
def test_a_process_that_dies_loses_no_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()
    check = workers.Funnel.check

    def dies(funnel: workers.Funnel, path: str, marks: object = None) -> workers.Passed:
        if os.getpid() != parent and path.endswith("leaky3.py"):
            os._exit(9)
        return check(funnel, path)

    monkeypatch.setattr(workers.Funnel, "check", dies)
    result = check_paths([str(tree)], settings(), run=Run(jobs=2))
    assert len(result.findings) == 6
    assert result.counts.files == 18
    (note,) = result.notes
    assert "died" in str(note)


def test_processes_that_start_afresh_find_the_same(tree: Path) -> None:
    """As on macOS and Windows, where a process is no copy of its parent."""
    code = (
        "import multiprocessing\n"
        "whole = multiprocessing.get_context\n"
        "multiprocessing.get_context = lambda method=None: whole('spawn')\n"
        "if __name__ == '__main__':\n"
        "    from cmlint.command_line.cli import main\n"
        "    main(['--isolated', '--no-cache', '--output-format', 'concise', '--jobs', JOBS, 'tree'])\n"
    )
    said = []
    for jobs in ("1", "2"):
        (tree.parent / "run.py").write_text(code.replace("JOBS", repr(jobs)))
        done = subprocess.run(
            [sys.executable, "run.py"], cwd=tree.parent, capture_output=True, text=True, timeout=120, check=True
        )
        said.append((done.stdout, done.stderr))
    assert said[0] == said[1]
    assert said[0][0].count("CML101") == 6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")
@pytest.mark.parametrize("pauses", [(), (0.002,), (0.02,), (0.02, 0.1)], ids=str)
def test_ctrl_c_ends_all_processes_and_prints_no_half(tree: Path, pauses: tuple[float, ...]) -> None:
    for number in range(300):
        (tree / f"more{number}.py").write_text(LEAKY.replace("serving", f"serving{number}"))
    command = [sys.executable, "-m", "cmlint", "--isolated", "--no-cache", "--jobs", "2", "tree"]
    process = subprocess.Popen(
        command,
        cwd=tree.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 60
    while len(children.read_text().split()) < 2 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    for pause in pauses:  # the impatient press again
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("cmlint: interrupted")
    assert err.count("\n") == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_function_that_another_file_hands_over_is_found_by_several_processes(tmp_path: Path) -> None:
    (tmp_path / "db.py").write_text(
        "import os\n\n\ndef session(path):\n    handle = os.open(path, 0)\n    yield handle\n    os.close(handle)\n"
    )
    (tmp_path / "routes.py").write_text(
        "from fastapi import Depends\nfrom db import session\n\n\ndef read(handle=Depends(session)):\n    pass\n"
    )
    for run in (Run(jobs=1), Run(jobs=2), Run(cache=str(tmp_path / "c")), Run(cache=str(tmp_path / "c"))):
        assert [finding.code for finding in check_paths([str(tmp_path)], settings(), run=run).findings] == ["CML102"]


@pytest.mark.parametrize("arguments", [["--version"], ["--isolated", "--no-cache", "clean.py"]])
def test_start_up_loads_little(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "clean.py").write_text(CLEAN)
    code = (
        f"import sys\nsys.argv = ['cmlint', *{arguments!r}]\nfrom cmlint.command_line.cli import run\ntry:\n    run()\n"
        + ("except SystemExit:\n    print(*sorted(sys.modules))\n")
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    loaded = done.stdout.splitlines()[-1].split()
    for heavy in ("libcst", "rich", "pathspec", "multiprocessing", "cmlint.flow", "cmlint.rules", "cmlint.fix"):
        assert heavy not in loaded
    if "--version" not in arguments:
        for unneeded in ("tomllib", "hashlib", "subprocess", "cmlint.screening", "cmlint.outline", "cmlint.notebooks"):
            assert unneeded not in loaded
    assert len(loaded) < 200


def test_a_finding_loads_no_part_of_libcst_that_takes_longer_than_the_rest(tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(LEAKY)
    code = (
        "import sys\nsys.argv = ['cmlint', '--isolated', '--no-cache', 'leaky.py']\n"
        "from cmlint.command_line.cli import run\ntry:\n    run()\n"
        "except SystemExit:\n    print(*sorted(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    loaded = done.stdout.splitlines()[-1].split()
    assert "libcst" in loaded
    assert {"libcst.matchers", "libcst.codemod"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    "arguments",
    [(), ("--output-format", "json"), ("--output-format", "html"), ("--min-confidence", "low", "-q")],
)
def test_a_run_from_the_cache_prints_what_the_first_one_did(
    cmlint: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Of every kind of finding, in notebooks as well: what the cache does not keep would be missed here."""
    for rule in RULES:
        example = rule.page.partition("```python\n")[2].partition("```")[0]
        (tmp_path / f"{rule.code}.py").write_text(example)
    write(tmp_path / "book.ipynb", LEAKING)
    first, second = cmlint(*arguments, "."), cmlint(*arguments, ".")
    assert (second.stdout, second.returncode) == (first.stdout, first.returncode)
    assert first.stdout.count("CML") > 12


def test_a_lone_carriage_return_ends_a_line_for_the_screen_too(cmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "old.py").write_bytes(LEAKY.replace("\n", "\r").encode())
    assert cmlint("--no-cache", "old.py").returncode == 1
