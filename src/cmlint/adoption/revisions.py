"""What git knows of an earlier state: the merge base with a revision, what changed since, and old contents.

Git is run without a shell, and a revision that looks like an option never reaches it. Nothing is fetched or written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmlint.usage import Refusal

if TYPE_CHECKING:
    import subprocess

_FILE_MODES = ("100644", "100755")
# Set by git for its hooks, where they would hide the repository that a path is really in.
_HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


class RevisionError(Refusal):
    """Git can't answer; the message is one line for the user."""


@dataclass(frozen=True)
class Changes:
    """What differs from a commit, by paths relative to the repository (`os.fsdecode`d, with slashes).

    old: path of a file that changed -> the object with its content then, None where there was no file; gone: the same
    for files that are not there any more; tracked: all that git tracks now.
    """

    old: Mapping[str, str | None]
    gone: Mapping[str, str]
    tracked: frozenset[str]


@dataclass(frozen=True)
class Repository:
    """A git repository by its top folder."""

    top: str

    def path_in(self, path: str) -> str:
        """`path` relative to the top folder, with slashes; links in its folders are followed, the file's is not."""
        folder, name = os.path.split(os.path.abspath(path))
        return os.path.relpath(os.path.join(os.path.realpath(folder), name), self.top).replace(os.sep, "/")

    def merge_base(self, revision: str) -> str:
        """The commit at which HEAD and `revision` parted. Raises RevisionError."""
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise RevisionError(f"--since: {revision!r} is not a revision")
        commit = self._answer("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if commit is None:
            hint = "; the clone is shallow and may have to fetch it" if self._is_shallow() else ""
            raise RevisionError(f"--since: there is no revision `{revision}` in {self.top}{hint}")
        base = self._answer("merge-base", commit, "HEAD")
        if base is not None:
            return base
        if self._is_shallow():
            raise RevisionError(
                f"--since: the clone is shallow and ends before HEAD and `{revision}` meet: "
                "run `git fetch --unshallow` (or check out with `fetch-depth: 0`)"
            )
        raise RevisionError(f"--since: HEAD and `{revision}` have no commit in common")

    def changes(self, base: str) -> Changes:
        """What the working tree changes against the commit `base`, renames followed. Raises RevisionError."""
        how = ["--raw", "-z", "--no-abbrev", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-relative"]
        raw = self._run("diff", *how, "--ignore-submodules=all", base, "--")
        old: dict[str, str | None] = {}
        gone: dict[str, str] = {}
        for mode, content, status, before, after in _parsed(raw):
            known = content if mode in _FILE_MODES else None
            if status == "D" and known is not None:
                gone[before] = known
            elif old.get(after) is None:  # an unmerged file is named twice
                old[after] = known
        tracked = self._run("ls-files", "-z", "--cached").split(b"\0")
        return Changes(old, gone, frozenset(os.fsdecode(name) for name in tracked if name))

    def contents(self, objects: Iterable[str]) -> dict[str, bytes]:
        """The bytes of git's objects. Raises RevisionError."""
        wanted = list(dict.fromkeys(objects))
        if not wanted:
            return {}
        answer = self._run("cat-file", "--batch", given="".join(f"{name}\n" for name in wanted).encode())
        found: dict[str, bytes] = {}
        position = 0
        for name in wanted:
            end = answer.index(b"\n", position)
            header = answer[position:end].split()
            if len(header) != 3:
                raise RevisionError(f"--since: git does not have the object {name} (a partial clone?)")
            position = end + 1 + int(header[2])
            found[name] = answer[end + 1 : position]
            position += 1
        return found

    def _is_shallow(self) -> bool:
        return self._answer("rev-parse", "--is-shallow-repository") == "true"

    def _answer(self, *arguments: str) -> str | None:
        """The one line that git answers, None when it can't."""
        result = _git(self.top, *arguments)
        return os.fsdecode(result.stdout).strip() if result.returncode == 0 else None

    def _run(self, *arguments: str, given: bytes | None = None) -> bytes:
        result = _git(self.top, *arguments, given=given)
        if result.returncode != 0:
            raise RevisionError(f"--since: git {arguments[0]} failed: {_first_line(result.stderr)}")
        return result.stdout


def repository_of(path: str) -> Repository:
    """The repository that the file or folder at `path` is in; neither has to exist. Raises RevisionError."""
    folder = os.path.abspath(path)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    result = _git(folder, "rev-parse", "--show-toplevel")
    if result.returncode != 0:
        if b"not a git repository" in result.stderr:
            raise RevisionError(f"--since: {path} is in no git repository")
        raise RevisionError(f"--since: git can't read the repository of {path}: {_first_line(result.stderr)}")
    return Repository(os.path.realpath(os.fsdecode(result.stdout.removesuffix(b"\n"))))


def _git(folder: str, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    import subprocess  # here, because whoever catches a RevisionError loads this module

    environment = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
    # fsmonitor is switched off because it would run a program that the checked repository names.
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        return subprocess.run(
            command,
            cwd=folder,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            check=False,
            env={**environment, "LC_ALL": "C"},
        )
    except OSError as error:
        raise RevisionError(f"--since: git can't be run: {(error.strerror or str(error)).lower()}") from error


def _first_line(text: bytes) -> str:
    lines = text.decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "it does not say why"


def _parsed(raw: bytes) -> Iterator[tuple[str, str, str, str, str]]:
    """Of each line of `git diff --raw -z`: old mode, old object, status, path before, path after."""
    parts = iter(raw.split(b"\0"))
    for part in parts:
        if not part:
            continue
        mode, _, content, _, status = part.decode().removeprefix(":").split(" ")
        before = os.fsdecode(next(parts))
        after = os.fsdecode(next(parts)) if status[0] in "RC" else before
        yield mode, content, status[0], before, after
