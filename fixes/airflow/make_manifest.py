"""Writes `manifest.toml`: which released files start children that outlive a failure, and what a fix makes of them.

Asks the package index which releases there are, gets each wheel that may be affected (13 MB for an Airflow), runs
cmlint on the files, and groups releases by the digest of the file. `--check` compares with the manifest instead of
writing it, with `--only NAME==VERSION ...` for a few releases.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmlint import Source, check_source, repair_source
from cmlint.airflow.manifest import read_manifest
from cmlint.config import Config
from cmlint.source import decode

MANIFEST = Path(__file__).with_name("manifest.toml")
CODE = "CML101"
BOUNDS = {  # the first and the last release to look at; of the last ones the files are known to be right
    "apache-airflow": ((2, 4, 3), (2, 9, 0)),
    "apache-airflow-providers-celery": ((3, 0, 0), (3, 7, 0)),
}
FILES = (
    "airflow/cli/commands/scheduler_command.py",
    "airflow/cli/commands/celery_command.py",
    "airflow/providers/celery/cli/celery_command.py",
)
HEAD = """\
# The released files of Apache Airflow whose child processes outlive a failure; see README.md in this folder.
# Made by make_manifest.py from the released wheels. `before` and `after` are SHA-256 digests of the file as released
# and after `cmlint --fix`; `shipped` says that scheduler_command.py of this folder can stand in for it.
"""


@dataclass(frozen=True)
class Affected:
    """One released file that cmlint repairs."""

    distribution: str
    path: str
    functions: tuple[str, ...]
    before: str
    after: str

    def _effect(self, release: str) -> str:
        """What it does in the releases from `release` on: measured for schedulers, read in the code for workers."""
        if self.path != FILES[0]:
            return "where the log server of a worker that fails runs on"
        if release.startswith(("2.5.", "2.6.")):
            return "where the scheduler that fails never exits"
        if release.startswith("2.7.") or release == "2.8.0":
            return "where the scheduler that fails exits with status 0, which supervisors take for an ordinary end"
        return "where only what calls it keeps the scheduler from hanging"

    def _remains(self, release: str) -> str:
        """What of it the repair of the managers does not change."""
        if self.path == FILES[0] and (release.startswith("2.7.") or release == "2.8.0"):
            return "it still exits with status 0: set autorestart=true (supervisord) or Restart=always (systemd)"
        return ""

    def table(self, releases: list[str]) -> str:
        """The entry in TOML."""
        shipped = self.path == FILES[0] and all(release.startswith(("2.5.", "2.6.")) for release in releases)
        return (
            "\n[[file]]\n"
            f'distribution = "{self.distribution}"\n'
            f"releases = [{', '.join(map(_quoted, releases))}]\n"
            f'path = "{self.path}"\n'
            f"functions = [{', '.join(map(_quoted, self.functions))}]\n"
            f'before = "{self.before}"\n'
            f'after = "{self.after}"\n'
            f"shipped = {str(shipped).lower()}\n"
            f'effect = "{self._effect(releases[0])}"\n'
            f'remains = "{self._remains(releases[0])}"\n'
        )


def main() -> int:
    """Write the manifest, or compare it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the manifest instead of writing it")
    parser.add_argument("--only", nargs="+", metavar="NAME==VERSION", help="with --check: only these releases")
    parser.add_argument("--wheels", type=Path, help="a folder to keep the wheels in, and to look there first")
    given = parser.parse_args()
    if given.only and not given.check:
        parser.error("--only goes with --check")
    with tempfile.TemporaryDirectory() as temporary:
        wanted = [tuple(name.split("==")) for name in given.only or ()] or released()
        found = {name: set(_affected(*name, given.wheels or Path(temporary))) for name in wanted}
    if given.check:
        return _check(found)
    MANIFEST.write_text(render(found), encoding="utf-8")
    return 0


def released() -> list[tuple[str, str]]:
    """Name and version of every release within the bounds, the oldest first; pre-releases are not among them."""
    names = []
    for distribution, (first, last) in BOUNDS.items():
        command = [sys.executable, "-m", "pip", "index", "versions", "--disable-pip-version-check", distribution]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        (line,) = [line for line in told.splitlines() if line.startswith("Available versions:")]
        versions = [version for version in re.findall(r"[^\s,]+", line) if re.fullmatch(r"\d+(\.\d+)*", version)]
        names += [(distribution, version) for version in versions if first <= _numbers(version) <= last]
    return sorted(names, key=lambda name: (name[0], _numbers(name[1])))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def render(found: dict[tuple[str, str], set[Affected]]) -> str:
    """The text of the manifest: one entry for each file that differs."""
    releases: dict[Affected, list[str]] = {}
    for (_, version), affected in found.items():
        for file in sorted(affected, key=lambda file: FILES.index(file.path)):
            releases.setdefault(file, []).append(version)
    return HEAD + "".join(file.table(versions) for file, versions in releases.items())


def _check(found: dict[tuple[str, str], set[Affected]]) -> int:
    """Compare release by release, say what differs, and return the exit code."""
    entries = read_manifest().files
    different = []
    for (distribution, version), files in found.items():
        known = {
            Affected(distribution, entry.path, entry.functions, entry.before, entry.after)
            for entry in entries
            if entry.distribution == distribution and version in entry.releases
        }
        different += [f"{distribution} {version}: {file}" for file in known ^ files]
    print("\n".join(different) or f"{len(found)} releases: the manifest is what their wheels and this cmlint say")
    return 1 if different else 0


def _affected(distribution: str, version: str, folder: Path) -> Iterator[Affected]:
    pattern = f"{distribution.replace('-', '_')}-{version}-*.whl"
    if not any(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        wanted = ["--only-binary", ":all:", "--dest", str(folder), f"{distribution}=={version}"]
        subprocess.run([*command, *wanted], check=True)
    (wheel,) = folder.glob(pattern)
    with zipfile.ZipFile(wheel) as archive:
        for path in FILES:
            if path in archive.namelist():
                yield from _repaired(distribution, path, archive.read(path))


def _repaired(distribution: str, path: str, raw: bytes) -> Iterator[Affected]:
    source: Source = decode(path, raw)
    found = [finding for finding in check_source(source).findings if finding.code == CODE]
    if found:
        after = source.encode(repair_source(source, Config(), unsafe=False).text)
        functions = tuple(finding.qualname for finding in found)
        yield Affected(distribution, path, functions, _digest(raw), _digest(after))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _quoted(text: str) -> str:
    return f'"{text}"'


if __name__ == "__main__":
    sys.exit(main())
