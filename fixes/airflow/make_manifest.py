"""Writes `manifest.toml`: which released files start children that outlive a failure, and what a fix makes of them.

Gets every release from the package index that may be affected and the first one after them that is not, runs cmlint
on the files, and groups releases by the digest of the file. `--check` compares with the manifest instead of writing it.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmlint import Source, check_source, repair_source
from cmlint.config import Config
from cmlint.source import decode

MANIFEST = Path(__file__).with_name("manifest.toml")
CODE = "CML101"
RELEASES = {
    "apache-airflow": (
        *("2.4.3", "2.5.0", "2.5.1", "2.5.2", "2.5.3", "2.6.0", "2.6.1", "2.6.2", "2.6.3", "2.7.0", "2.7.1", "2.7.2"),
        *("2.7.3", "2.8.0", "2.8.1", "2.8.2", "2.8.3", "2.8.4", "2.9.0"),
    ),
    "apache-airflow-providers-celery": (
        *("3.2.1", "3.3.0", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.4.0", "3.4.1", "3.5.0", "3.5.1", "3.5.2", "3.6.0"),
        *("3.6.1", "3.6.2", "3.7.0"),
    ),
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
        )


def main() -> int:
    """Write the manifest, or compare it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the manifest instead of writing it")
    text = manifest()
    if parser.parse_args().check:
        if text == MANIFEST.read_text():
            print("the manifest is what the released wheels and this cmlint say")
            return 0
        print("the manifest differs from what the released wheels and this cmlint say: run make_manifest.py")
        return 1
    MANIFEST.write_text(text)
    return 0


def manifest() -> str:
    """The text of the manifest."""
    releases: dict[Affected, list[str]] = {}
    for distribution, versions in RELEASES.items():
        for version in versions:
            for affected in _affected(distribution, version):
                releases.setdefault(affected, []).append(version)
    return HEAD + "".join(affected.table(found) for affected, found in releases.items())


def _affected(distribution: str, version: str) -> Iterator[Affected]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        wanted = ["--only-binary", ":all:", "--dest", folder, f"{distribution}=={version}"]
        subprocess.run([*command, *wanted], check=True)
        (wheel,) = Path(folder).glob("*.whl")
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
