"""Replays, driven through the command line: what they say, what they can't do, and that they touch nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cmlint.replay import subprocesses
from cmlint.replay.order import NotReplayable
from conftest import LEAKY, REPAIRED, Run

HEAD = "import os\nimport subprocess\nfrom contextlib import asynccontextmanager, contextmanager\n\n\n"


def write(folder: Path, code: str) -> None:
    (folder / "a.py").write_text(HEAD + code)


def test_a_leak_is_confirmed_with_what_ran_and_what_did_not(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    result = cmlint("replay", "a.py::serving")
    assert result.returncode == 1
    assert "a.py:9 CML101 `serving`: confirmed: line 10 did not run when the body raised Exception" in result.stdout
    assert "without a fault: line 10 `worker.terminate()` ran" in result.stdout
    for fault in ("raises an Exception", "only `except BaseException` stops", "GeneratorExit"):
        assert re.search(f"{fault}.*: line 10 `worker.terminate..` did not run; the exception left", result.stdout)


SILENT = {
    "a comment on the line": ("    yield worker", "    yield worker  # noqa: CML101", ""),
    "a comment on the decorator": ("@contextmanager", "@contextmanager  # noqa", ""),
    "a file that is skipped": ("def serving", "# cmlint: skip-file\ndef serving", ""),
    "a rule that is ignored": ("", "", 'ignore = ["CML1"]'),
    "another rule that is selected": ("", "", 'select = ["CML2"]'),
    "the file's own rules": ("", "", 'per-file-ignores = { "*.py" = ["CML101"] }'),
}


@pytest.mark.parametrize("way", SILENT)
def test_what_is_silenced_is_replayed_when_its_manager_is_named(cmlint: Run, tmp_path: Path, way: str) -> None:
    old, new, setting = SILENT[way]
    (tmp_path / "a.py").write_text(LEAKY.replace(old, new) if old else LEAKY)
    (tmp_path / "pyproject.toml").write_text(f"[tool.cmlint]\n{setting}\n")
    assert cmlint("a.py").returncode == 0
    result = cmlint("replay", "a.py::serving")
    assert result.returncode == 1
    assert "CML101 `serving`: confirmed" in result.stdout


def test_a_protected_manager_is_confirmed_clean(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(REPAIRED)
    result = cmlint("replay", "a.py::serving")
    assert result.returncode == 0
    assert "confirmed: line 12 also ran after each exception" in result.stdout


ALWAYS_RAISES = "a step of the setup that always raises"
# Each with the lines (counted from the first of the code) whose skipped release the replay must name.
LOST = {
    "a guard is true on the path": (
        """\
@contextmanager
def m(lock, wanted):
    if wanted is not None:
        lock.acquire()
    yield
    if wanted is not None:
        lock.release()
""",
        [6, 7],
    ),
    "a guard is false on the path": (
        """\
@contextmanager
def m(lock, dry):
    if not dry:
        lock.acquire()
    yield
    if not dry:
        lock.release()
""",
        [6, 7],
    ),
    "the environment": (
        """\
@contextmanager
def m(value):
    old = os.environ.get("MODE")
    os.environ["MODE"] = value
    yield
    os.environ["MODE"] = old
""",
        [6],
    ),
    "a global": (
        """\
_active = None


@contextmanager
def m(value):
    global _active
    old, _active = _active, value
    yield
    _active = old
""",
        [9],
    ),
    "a name of the function around": (
        """\
def outer():
    depth = 0

    @contextmanager
    def m():
        nonlocal depth
        depth += 1
        yield
        depth -= 1

    return m
""",
        [9],
    ),
    "an attribute, by names that are handed in": (
        """\
@contextmanager
def m(owner, **options):
    old = {name: getattr(owner, name) for name in options}
    for name, value in options.items():
        setattr(owner, name, value)
    yield
    for name, value in old.items():
        setattr(owner, name, value)
""",
        [7, 8],
    ),
    "async": (
        """\
@asynccontextmanager
async def m(pool):
    lock, other = await pool.pair()
    await lock.acquire()
    async with pool.session() as session:
        yield session
    await lock.release()
""",
        [7],
    ),
    "an exception of a library in the handler": (
        """\
import sqlite3


@contextmanager
def m(lock):
    lock.acquire()
    try:
        yield
    except sqlite3.Error as error:
        raise ValueError from error
    lock.release()
""",
        [11],
    ),
    "a method": (
        """\
class Owner:
    @contextmanager
    def m(self):
        self.server.start()
        yield
        self.server.stop()
""",
        [6],
    ),
    "a class that releases when all went well": (
        """\
class m:
    def __enter__(self):
        self.old = os.getcwd()
        os.chdir(self.path)

    def __exit__(self, kind, error, trace):
        if kind is None:
            os.chdir(self.old)
""",
        [8],
    ),
    "except Exception": (
        """\
@contextmanager
def m(path):
    old = os.getcwd()
    os.chdir(path)
    try:
        yield
    except Exception:
        os.chdir(old)
        raise
    os.chdir(old)
""",
        [10],
    ),
    "a step of the setup": (
        """\
@contextmanager
def m(path):
    old = os.getcwd()
    os.chdir(path)
    subprocess.run(["make"], check=True)
    try:
        yield
    finally:
        os.chdir(old)
""",
        [9],
    ),
    ALWAYS_RAISES: (
        """\
@contextmanager
def m(path, strict):
    old = os.getcwd()
    os.chdir(path)
    if strict:
        raise ValueError(path)
    try:
        yield
    finally:
        os.chdir(old)
""",
        [10],
    ),
    "a step of the clean-up": (
        """\
@contextmanager
def m(path):
    old = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        subprocess.run(["make", "clean"], check=True)
        os.chdir(old)
""",
        [9],
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_a_replay_agrees_with_the_witness_before_and_after_the_fix(cmlint: Run, tmp_path: Path, name: str) -> None:
    code, lines = LOST[name]
    write(tmp_path, code)
    findings = json.loads(cmlint("--replay", "--output-format", "json", "a.py").stdout)
    assert findings
    for finding in findings:
        assert finding["replay"]["verdict"] == "confirmed"
        lost = finding["replay"]["lost"]
        assert lost == [line + HEAD.count("\n") for line in lines]
        assert set(lost) <= set(finding["cleanup_lines"])
    if findings[0]["fix"] is None:
        return
    assert cmlint("--fix", "--unsafe-fixes", "a.py").returncode == 0
    qualname = findings[0]["qualname"].removesuffix(".__exit__")
    again = cmlint("replay", f"a.py::{qualname}")
    assert again.returncode == 0, again.stdout
    assert "confirmed" in again.stdout


def test_nothing_is_run_and_no_key_is_there_unless_asked_for(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    (finding,) = json.loads(cmlint("--output-format", "json", "a.py").stdout)
    assert "replay" not in finding
    assert "replay:" not in cmlint("a.py").stdout


def test_the_full_format_says_what_the_replay_came_to(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    out = cmlint("--replay", "a.py").stdout
    assert "= replay: confirmed: line 10 did not run when the body raised Exception\n" in out


def test_the_json_of_the_command_is_the_replay_alone(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    (replay,) = json.loads(cmlint("replay", "--output-format", "json", "a.py::serving").stdout)
    assert replay["lost"] == replay["released"] == [10]
    assert [trial["fault"] for trial in replay["trials"]] == ["Exception", "BaseException", "GeneratorExit"]
    assert {trial["left_with"] for trial in replay["trials"]} == {"injected"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.py"], "takes one PATH::QUALNAME"),
        (["a.py::absent"], "there is no manager called `absent`; there are: serving"),
        (["absent.py::serving"], "no such file"),
    ],
)
def test_what_is_not_there_is_said(cmlint: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    result = cmlint("replay", *arguments)
    assert result.returncode == 2
    assert words in result.stderr


def test_what_the_caller_sets_up_is_done_when_the_manager_is_run_by_itself(cmlint: Run, tmp_path: Path) -> None:
    path = tmp_path / "backend.py"
    path.write_text(
        "from contextlib import contextmanager\n\n\n"
        "@contextmanager\ndef _reset(backend):\n    yield\n    backend.set_callback(None)\n\n\n"
        "def on_put(backend, callback):\n    backend.set_callback(callback)\n    return _reset(backend)\n"
    )
    leaking = cmlint("replay", f"{path}::_reset")
    assert "confirmed: line 7 did not run when the body raised Exception" in leaking.stdout
    assert cmlint(str(path), "--fix").returncode == 0
    assert "confirmed: line 9 also ran after each exception" in cmlint("replay", f"{path}::_reset").stdout


def test_a_manager_without_a_known_release_could_not_be_replayed(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path, "@contextmanager\ndef m(thing):\n    yield thing\n")
    result = cmlint("replay", "a.py::m")
    assert result.returncode == 2
    assert "could not be replayed: nothing is known that it acquires and releases" in result.stdout


NEVER = """\
@contextmanager
def m(handler):
    import signal

    signal.signal(signal.SIGALRM, handler)
    signal.alarm(5)
    try:
        yield
    finally:
        signal.alarm(0)
"""


def test_a_release_that_no_path_has_is_not_replayed(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path, NEVER)
    (finding,) = json.loads(cmlint("--replay", "--output-format", "json", "a.py").stdout)
    assert finding["code"] == "CML107"
    assert finding["replay"]["verdict"] == "not-replayed"


HOSTILE = {
    "loops": ("for _ in iter(int, 1):\n        pass", "does not come to an end"),
    "loops and does not let itself be stopped": (
        "for _ in iter(int, 1):\n        try:\n            list(iter(int, 1))\n        except BaseException:\n"
        "            pass",
        "could not be replayed",
    ),
    "takes memory": ("kept = ['x' * 10**10 for _ in range(1000)]", "MemoryError"),
    "recurses": ("def down():\n        return down()\n    down()", "RecursionError"),
    "takes the time of a C function": ("kept = 10**10**9", "does not come to an end"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_code_that_does_not_come_back_is_stopped_and_said(cmlint: Run, tmp_path: Path, name: str) -> None:
    statement, words = HOSTILE[name]
    write(
        tmp_path, f"@contextmanager\ndef m(lock):\n    lock.acquire()\n    {statement}\n    yield\n    lock.release()\n"
    )
    started = time.monotonic()
    result = cmlint("replay", "a.py::m")
    assert time.monotonic() - started < 60
    assert result.returncode == 2
    assert words in result.stdout
    assert "Traceback" not in result.stderr


REACHING = """\
import os, shutil, socket, sys


@contextmanager
def m(lock):
    lock.acquire()
    os.remove(CANARY)
    shutil.rmtree(FOLDER)
    open(CANARY, "w").write("gone")
    print("on standard output")
    os.environ["CMLINT_CANARY"] = "set"
    sys.exit(3)
    os._exit(3)
    __import__("os").system("touch " + FOLDER + "/made")
    exec("import os; os.remove(name)", {"name": CANARY})
    import subprocess, pathlib
    subprocess.run(["touch", FOLDER + "/made"])
    pathlib.Path(FOLDER, "made").write_text("made")
    socket.create_connection(("127.0.0.1", 9))
    len = print
    yield
    lock.release()
"""


def test_a_replay_touches_no_file_and_the_code_runs_to_its_end(cmlint: Run, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("sings")
    code = REACHING.replace("CANARY)", f"{str(canary)!r})").replace("CANARY,", f"{str(canary)!r},")
    write(
        tmp_path, code.replace("{FOLDER}", str(tmp_path)).replace("FOLDER", repr(str(tmp_path))).replace("open = ", "")
    )
    before = sorted(tmp_path.iterdir())
    result = cmlint("replay", "a.py::m")
    assert result.returncode == 1
    assert "on standard output" not in result.stdout
    assert canary.read_text() == "sings"
    assert sorted(tmp_path.iterdir()) == before


def test_an_accident_past_the_recorders_meets_the_fence(cmlint: Run, tmp_path: Path) -> None:
    code = """\
@contextmanager
def m(lock):
    lock.acquire()
    for each in ().__class__.__base__.__subclasses__():
        if each.__name__ == "_wrap_close":
            each.__init__.__globals__["system"]("touch FOLDER/made")
    yield
    lock.release()
"""
    write(tmp_path, code.replace("FOLDER", str(tmp_path)))
    result = cmlint("replay", "a.py::m")
    assert result.returncode == 2
    assert "`os.system` was refused" in result.stdout
    assert not (tmp_path / "made").exists()


def test_the_module_is_not_imported(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"open({str(tmp_path / 'made')!r}, 'w')\nraise SystemExit(9)\n" + LEAKY)
    assert cmlint("replay", "a.py::serving").returncode == 1
    assert not (tmp_path / "made").exists()


def _pytest(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.strip().splitlines()[-1]


def test_emitted_tests_fail_before_the_fix_and_pass_after_it(cmlint: Run, tmp_path: Path) -> None:
    codes = [code for name, (code, _) in sorted(LOST.items()) if name != ALWAYS_RAISES]
    for number, code in enumerate(codes):
        (tmp_path / f"case_{number:02}.py").write_text(HEAD + code)
    result = cmlint("--emit-test", "tests", ".")
    written = len(codes) + 1  # what an `except Exception` is too narrow for is told at the yield and at the handler
    assert result.stderr.count("wrote the test for") == written, result.stderr
    assert _pytest(tmp_path).startswith(f"{written} failed, {written} passed")
    assert cmlint("tests").returncode == 0, "nothing is found in the tests themselves"
    assert cmlint("--fix", "--unsafe-fixes", ".").returncode == 0
    assert _pytest(tmp_path).startswith(f"{2 * written} passed")


STEPS = """\
class Entering:
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.old = os.getcwd()
        os.chdir(self.path)
        subprocess.run(["make", self.path], check=True)
        return self

    def __exit__(self, *_):
        os.chdir(self.old)


class EnteringWithAwait:
    async def __aenter__(self):
        await self.pool.connect()
        self.channel = await self.pool.channel()
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        await self.pool.disconnect()


class Leaving:
    def __enter__(self):
        self.lock.acquire()
        return self

    def __exit__(self, *_):
        self.copy.rmtree(self.path)
        self.lock.release()
"""


def test_emitted_tests_of_classes_make_a_step_fail(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path, STEPS)
    result = cmlint("--emit-test", "tests", "a.py")
    codes = re.findall(r"wrote the test for (CML\d+) `(\w+)", result.stderr)
    assert codes == [("CML104", "Entering"), ("CML104", "EnteringWithAwait"), ("CML105", "Leaving")], result.stderr
    assert _pytest(tmp_path).startswith("3 failed, 3 passed")
    cmlint("--fix", "--unsafe-fixes", "a.py")
    assert _pytest(tmp_path).startswith("6 passed")


def test_a_test_file_that_differs_is_not_overwritten(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    assert cmlint("--emit-test", "tests", "a.py").returncode == 1
    (test,) = (tmp_path / "tests").iterdir()
    assert test.name == "test_a_serving_cml101.py"
    assert cmlint("replay", "--emit-test", "tests", "a.py::serving").returncode == 1, (
        "the same text may be written again"
    )
    test.write_text("# mine\n")
    result = cmlint("--emit-test", "tests", "a.py")
    assert result.returncode == 2
    assert "is there already and differs" in result.stderr
    assert test.read_text() == "# mine\n"


def test_a_file_that_is_not_text_is_not_overwritten_either(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    (tmp_path / "tests").mkdir()
    test = tmp_path / "tests" / "test_a_serving_cml101.py"
    test.write_bytes(b"\xff\xfe")
    result = cmlint("--emit-test", "tests", "a.py")
    assert result.returncode == 2
    assert "is there already and differs" in result.stderr
    assert test.read_bytes() == b"\xff\xfe"


@pytest.mark.parametrize(
    "head", [b"\xef\xbb\xbf", b"# coding: latin-1\nname = '\xe9'\n", b"# coding: cp1252\nname = '\x80'\n"]
)
def test_an_emitted_test_reads_the_file_as_python_does(cmlint: Run, tmp_path: Path, head: bytes) -> None:
    code = LEAKY.replace("terminate()", "terminate(name + '\u00e9')").encode(
        "utf-8" if b"cod" not in head else "cp1252"
    )
    (tmp_path / "a.py").write_bytes(head + code)
    result = cmlint("--emit-test", "tests", "a.py")
    assert "wrote the test" in result.stderr
    assert _pytest(tmp_path).startswith("1 failed, 1 passed")
    assert cmlint("--fix", "a.py").returncode == 0
    assert _pytest(tmp_path).startswith("2 passed")


def test_a_process_that_can_not_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(NotReplayable, match="no process could be started for it: no such file or directory"):
        subprocesses.answered("main", "{}", 1)


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
def test_a_replay_that_is_stopped_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    write(tmp_path, STOPPED)
    command = [sys.executable, "-m", "cmlint", "replay", "a.py::m"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while not list(tmp_path.glob("cmlint-replay-*")) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.3)
    children = psutil.Process(process.pid).children()
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.startswith(b"cmlint: interrupted")
    assert err.count(b"\n") == 1
    assert children
    assert not any(child.is_running() for child in children)
    assert not list(tmp_path.glob("cmlint-replay-*"))


STOPPED = """\
@contextmanager
def m(lock):
    lock.acquire()
    sum(range(10**12))
    yield
    lock.release()
"""


def test_no_test_is_written_for_what_was_not_confirmed(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path, NEVER)
    result = cmlint("--emit-test", "tests", "a.py")
    assert "no test for CML107" in result.stderr
    assert not (tmp_path / "tests").exists()


def test_no_test_is_written_where_the_code_swallows_what_fails(cmlint: Run, tmp_path: Path) -> None:
    swallowing = "lock.acquire()\n    try:\n        yield\n    except Exception:\n        return\n    lock.release()\n"
    write(tmp_path, f"@contextmanager\ndef m(lock):\n    {swallowing}")
    result = cmlint("--emit-test", "tests", "a.py")
    assert "a.py:10: no test for CML102 `m`: BodyFailed does not come out of the test's fakes" in result.stderr
    assert not (tmp_path / "tests").exists()


def test_no_test_is_written_where_fakes_do_not_reach_the_failing_step(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path, LOST[ALWAYS_RAISES][0])
    result = cmlint("--emit-test", "tests", "a.py")
    assert "a.py:9: no test for CML104 `m`: the failing step is a `raise` of its own" in result.stderr
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize("arguments", [["--replay", "--fix"], ["--emit-test", "tests", "--diff"]])
def test_a_replay_is_not_combined_with_a_repair(cmlint: Run, arguments: list[str]) -> None:
    assert cmlint(*arguments, ".").returncode == 2


IN_A_CLASS = """\
class Inside:
    def __enter__(self):
        self.before = os.getcwd()
        os.chdir("/")

    def __exit__(self, exc_type, exc, tb):
        if exc_type is not None:
            return False
        os.chdir(self.before)
"""


@pytest.mark.parametrize("name", ["Inside", "Inside.__exit__", "Inside.__enter__"])
def test_a_class_goes_by_the_names_of_its_methods_too(cmlint: Run, tmp_path: Path, name: str) -> None:
    write(tmp_path, IN_A_CLASS)
    result = cmlint("replay", f"a.py::{name}")
    assert result.returncode == 1
    assert f"CML106 `{name}`: confirmed" in result.stdout
    assert cmlint("dump", f"a.py::{name}").returncode == 0


def test_a_class_is_not_said_to_be_closed_at_a_yield(cmlint: Run, tmp_path: Path) -> None:
    write(tmp_path, IN_A_CLASS)
    out = cmlint("replay", "a.py::Inside").stdout
    assert "yield" not in out
    assert "the generator that holds the `with` is closed (GeneratorExit): line" in out


@pytest.mark.parametrize(
    "arguments", [("--emit-test", "a.py", "a.py"), ("replay", "--emit-test", "a.py", "a.py::serving")]
)
def test_a_file_is_no_folder_for_tests(cmlint: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "a.py").write_text(LEAKY)
    result = cmlint(*arguments)
    assert result.returncode == 2
    assert result.stderr.strip().count("\n") == 0
    assert "--emit-test takes the folder for the tests, and a.py is a file" in result.stderr
