"""Runs the test suite of a released package before and after cmlint's safe fixes, in an environment of its own.

The package and what its tests need are installed into `.cache/suites`, from the package index. The tests run in a fresh
copy of the source distribution, which stands before the installed package on the path; no network is needed then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from tools import RAISING, Report, Reports, cmlint

CACHE = Path(__file__).parent.parent / ".cache" / "suites"
_PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
_LIMIT = 1200  # seconds for one run of a test suite


class SuiteError(Exception):
    """A test suite could not be run; the message says at which step."""


@dataclass(frozen=True)
class Suite:
    """A released package with tests.

    package: the folder that is repaired; root: the folder that it is imported from; tests: arguments for pytest; needs:
    requirements of the tests, beside the package's own.
    """

    name: str
    version: str
    package: str
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ("pytest",)
    root: str = "."

    @property
    def place(self) -> Path:
        """Where it is kept between runs."""
        return CACHE / f"{self.name}-{self.version}"


@dataclass(frozen=True)
class Tested:
    """What passed before and after, and the managers that were repaired in between."""

    suite: Suite
    before: frozenset[str]
    after: frozenset[str]
    repaired: tuple[str, ...]


def tested(suite: Suite) -> Tested:
    """Run the tests of `suite`, apply every safe fix to its package, run them again."""
    python = _environment(suite)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        source = Path(place).resolve() / "source"
        shutil.copytree(_source(suite), source)
        (source.parent / "pytest.ini").touch()  # else pytest looks further up for settings, and finds ours
        before = _passed(suite, python, source)
        repaired = _repair(source / suite.root / suite.package)
        return Tested(suite, before, _passed(suite, python, source), repaired)


def _source(suite: Suite) -> Path:
    """The unpacked source distribution."""
    folder = suite.place / "source"
    if not folder.exists():
        suite.place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=suite.place) as place:
            pinned = f"{suite.name}=={suite.version}"
            _run([sys.executable, *_PIP, "download", "--no-deps", "--no-binary", suite.name, "--dest", place, pinned])
            archive = next(Path(place).glob("*.tar.gz"))
            with tarfile.open(archive) as packed:
                packed.extractall(Path(place) / "inside", filter="data")
            next((Path(place) / "inside").iterdir()).rename(folder)
    return folder


def _environment(suite: Suite) -> Path:
    """The Python of an environment with the package and what its tests need."""
    python = suite.place / "venv" / "bin" / "python"
    done = suite.place / "venv" / "installed"
    if not done.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(python.parent.parent)])
        _run([str(python), *_PIP, "install", f"{suite.name}=={suite.version}", *suite.needs])
        done.touch()
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SuiteError(f"{' '.join(command[1:5])} failed: {done.stderr.strip()[-500:]}")


def _passed(suite: Suite, python: Path, source: Path) -> frozenset[str]:
    """The names of the tests that pass in `source`."""
    results = source.parent / "results.xml"
    home = source.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(source / suite.root), "HOME": str(home)}
    _check_origin(suite, python, source, environment)
    options = ["-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", f"--junitxml={results}"]
    command = [str(python), "-m", "pytest", *options, *suite.tests]
    try:
        done = subprocess.run(
            command, cwd=source, env=environment, capture_output=True, text=True, timeout=_LIMIT, check=False
        )
        passed = _passed_in(results)
    except subprocess.TimeoutExpired as error:
        raise SuiteError(f"the tests take more than {_LIMIT} seconds") from error
    except (OSError, ET.ParseError) as error:
        raise SuiteError(f"pytest wrote no results: {done.stdout[-500:]}{done.stderr[-500:]}") from error
    finally:
        results.unlink(missing_ok=True)
    if not passed:
        raise SuiteError(f"no test passes: {done.stdout.strip()[-800:]}")
    return passed


def _check_origin(suite: Suite, python: Path, source: Path, environment: dict[str, str]) -> None:
    """Raise SuiteError when not the copy would be tested."""
    command = [str(python), "-c", f"import {suite.package}; print({suite.package}.__file__)"]
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.startswith(str(source)):
        raise SuiteError(f"`{suite.package}` is not imported from the source: {done.stdout}{done.stderr[-300:]}")


def _passed_in(results: Path) -> frozenset[str]:
    failing = {"failure", "error", "skipped"}
    return frozenset(
        f"{case.get('classname')}::{case.get('name')}"
        for case in ET.parse(results).iter("testcase")
        if failing.isdisjoint(child.tag for child in case)
    )


def _repair(package: Path) -> tuple[str, ...]:
    """Apply every safe fix below `package`; the managers in which nothing is reported any more."""
    before = _managers(cmlint([package]), package)
    done = subprocess.run(
        [sys.executable, "-m", "cmlint", "--isolated", "--quiet", "--fix", str(package)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SuiteError(f"cmlint --fix failed: {done.stderr[-500:]}")
    return tuple(sorted(before - _managers(cmlint([package]), package)))


def _managers(reports: Reports, package: Path) -> set[str]:
    found = (report for here in reports.by_file.values() for report in here)
    return {_title(report, package) for report in found if report.code in RAISING}


def _title(report: Report, package: Path) -> str:
    return f"{report.file.relative_to(package.parent)}::{report.qualname}"
