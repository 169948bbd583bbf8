"""The wheel and the sdist: what is in them, and that they work in an empty environment of every Python that is there.

`make packaging` runs this alone. Without the package index it is left out by its mark, like every `network` test.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import LEAKY, REPAIRED
from interpreters import PROJECT, supported

pytestmark = pytest.mark.network
PYTHONS = supported()


def run(*command: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "NO_COLOR")}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)


def done(*command: str | Path, folder: Path | None = None) -> str:
    result = run(*command, folder=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment of its own that builds, checks and runs packages."""
    place = tmp_path_factory.mktemp("tools")
    done(sys.executable, "-m", "venv", place)
    packages = ("build", "twine", "check-wheel-contents", "pipx", "uv")
    done(place / "bin" / "python", "-m", "pip", "install", "--quiet", *packages)
    return place / "bin"


@pytest.fixture(scope="module")
def built(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The wheel, built from the sdist, and the sdist."""
    place = tmp_path_factory.mktemp("dist")
    done(tools / "python", "-m", "build", "--outdir", place, PROJECT)
    (wheel,), (sdist,) = place.glob("*.whl"), place.glob("*.tar.gz")
    yield wheel, sdist


def test_both_pass_the_checks_of_the_index(tools: Path, built: tuple[Path, Path]) -> None:
    done(tools / "twine", "check", "--strict", *built)
    done(tools / "check-wheel-contents", built[0])


def test_the_wheel_has_what_it_needs_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    source = PROJECT / "src"
    for path in (source / "cmlint").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(source).as_posix() in names
    for shipped in ("README.md", "manifest.toml", "scheduler_command.py"):
        assert f"cmlint/airflow/shipped/{shipped}" in names
    beside = {name for name in names if ".dist-info/" not in name and not name.startswith("cmlint/")}
    assert [name.partition(".data/")[2] for name in beside] == ["data/share/man/man1/cmlint.1"]
    assert platform.node() not in metadata
    assert str(Path.home()) not in metadata
    assert "License-Expression: MIT" in metadata


def test_the_sdist_can_be_tested_and_has_no_leftovers(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as sdist:
        inside = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile", "tests/conftest.py", "src/cmlint/py.typed"} <= inside
    assert not [name for name in inside if "__pycache__" in name or ".cache" in name or "egg-info" in name]


def smoke(folder: Path, *cmlint: str | Path) -> None:
    """What must work everywhere: the version, a finding, its repair, the subcommands, and the shipped data."""
    assert done(*cmlint, "--version", folder=folder).startswith("cmlint ")
    (folder / "leaky.py").write_text(LEAKY)
    found = run(*cmlint, "--isolated", "--output-format", "concise", "leaky.py", folder=folder)
    assert found.returncode == 1, found.stderr
    assert found.stdout.startswith("leaky.py:9:5: CML101")
    done(*cmlint, "--isolated", "--fix", "leaky.py", folder=folder)
    assert (folder / "leaky.py").read_text() == REPAIRED
    assert "orphaned-process" in done(*cmlint, "rule", "CML101", folder=folder)
    assert "_cmlint" in done(*cmlint, "completion", "bash", folder=folder)
    assert "usage: cmlint prove" in done(*cmlint, "prove", "--help", folder=folder)


@pytest.mark.parametrize("version", PYTHONS)
def test_the_wheel_works_in_an_empty_environment(built: tuple[Path, Path], tmp_path: Path, version: str) -> None:
    place = tmp_path / "environment"
    done(PYTHONS[version], "-m", "venv", place)
    python = place / "bin" / "python"
    done(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", built[0])
    smoke(tmp_path, place / "bin" / "cmlint")
    done(python, "-m", "cmlint", "--version")
    done(python, "-m", "pip", "check")


def test_pipx_runs_it(tools: Path, built: tuple[Path, Path], tmp_path: Path) -> None:
    smoke(tmp_path, tools / "pipx", "run", "--spec", str(built[0]), "cmlint")


def test_uvx_runs_it(tools: Path, built: tuple[Path, Path], tmp_path: Path) -> None:
    smoke(tmp_path, tools / "uvx", "--python", sys.executable, "--from", str(built[0]), "cmlint")


def test_a_machine_without_a_supported_python_is_said() -> None:
    assert PYTHONS, "no interpreter with venv was found, so nothing was installed"
