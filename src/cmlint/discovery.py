"""Which files to check: from paths to Python files, asking git where it can list them.

Named files are always taken. In a folder, `*.py`, `*.pyi` and `*.ipynb` are taken unless git ignores them, an
`exclude` pattern matches, or they are in a folder of the usual kinds (virtual environments, build output). A folder
that is named is entered even when it is ignored itself. Symbolic links to folders are not followed, so there are no
loops.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cmlint.problems import Problem

if TYPE_CHECKING:
    import pathspec

_SUFFIXES = (".py", ".pyi", ".ipynb")
_GITIGNORE = ".gitignore"
SKIPPED_FOLDERS = frozenset(
    {
        ".bzr",
        ".cmlint_cache",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pytype",
        ".ruff_cache",
        ".svn",
    }
    | {".tox", ".venv", "__pycache__", "__pypackages__", "buck-out", "node_modules", "site-packages", "venv"}
)
Excludes = Callable[[str], bool]


def is_python(path: str) -> bool:
    """Whether a file is taken for Python by its name."""
    return path.endswith(_SUFFIXES)


class Found(NamedTuple):
    """The files to check, sorted and without repetition, what was wrong with the paths, and which files were named."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    named: frozenset[str] = frozenset()


class _IgnoreFile(NamedTuple):
    """The patterns of one .gitignore, which are relative to its folder."""

    folder: str
    spec: pathspec.GitIgnoreSpec


def discover(paths: Iterable[str], excludes: Excludes, *, force_exclude: bool) -> Found:
    """The files below `paths`, with paths as given in front. Folders without Python are a problem, not a success."""
    files: dict[str, str] = {}  # by normal form, so that `./a.py` and `a.py` are one file
    named: set[str] = set()
    problems: list[Problem] = []
    for path in paths:
        if os.path.isdir(path):
            inside = list(_in_folder(path, excludes))
            if not inside:
                problems.append(Problem(path, "no Python files in this folder (or all of them are excluded)"))
            is_normal = os.path.normpath(path) == path != os.curdir  # then all below it is: it need not be asked
            for found in inside:
                files.setdefault(found if is_normal else os.path.normpath(found), found)
        elif not os.path.lexists(path):
            problems.append(Problem(path, "no such file or folder"))
        elif not (force_exclude and excludes(path)):
            named.add(files.setdefault(os.path.normpath(path), path))
    return Found(tuple(sorted(files.values())), tuple(problems), frozenset(named))


def _in_folder(folder: str, excludes: Excludes) -> Iterator[str]:
    listed = _listed_by_git(folder)
    found = _walked(folder, excludes) if listed is None else _kept(folder, listed, excludes)
    return (path for path in found if not excludes(path))


def _kept(folder: str, relative: Iterable[str], excludes: Excludes) -> Iterator[str]:
    """Of git's list the Python files, without those in folders that are skipped or excluded."""
    skipped: dict[str, bool] = {}

    def is_skipped(inner: str) -> bool:
        if not inner:
            return False
        if inner not in skipped:
            name = os.path.basename(inner)
            above = is_skipped(os.path.dirname(inner))
            skipped[inner] = above or name in SKIPPED_FOLDERS or excludes(os.path.join(folder, inner) + "/")
        return skipped[inner]

    for name in relative:
        if name.endswith(_SUFFIXES) and not is_skipped(os.path.dirname(name)):
            path = os.path.join(folder, name)
            if os.path.lexists(path):
                yield path


def _may_be_tracked(folder: str) -> bool:
    """Whether git may have something to say of `folder`: the environment names a repository, or one is at or above."""
    above = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(above, ".git")):
        if above == os.path.dirname(above):
            return "GIT_DIR" in os.environ
        above = os.path.dirname(above)
    return True


def _listed_by_git(folder: str) -> list[str] | None:
    """What git tracks below `folder` or would add; None when git can't say, or ignores the folder itself."""
    if not _may_be_tracked(folder):
        return None  # to ask git takes longer than to walk through a small tree
    import subprocess

    # fsmonitor is switched off because it would run a program that the checked repository names.
    command = ["git", "-c", "core.fsmonitor=false", "-C", folder]
    try:
        ignored = subprocess.run([*command, "check-ignore", "-q", "."], capture_output=True, check=False)
        if ignored.returncode != 1:  # 0: ignored; 128: no repository
            return None
        listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        result = subprocess.run([*command, *listing], capture_output=True, check=False)
    except OSError:
        return None
    if result.returncode != 0:
        return None
    return [os.fsdecode(name) for name in dict.fromkeys(result.stdout.split(b"\0")) if name]


def _walked(folder: str, excludes: Excludes) -> Iterator[str]:
    ignores: dict[str, tuple[_IgnoreFile, ...]] = {}
    for current, folders, names in os.walk(folder):
        specs = ignores.get(os.path.dirname(current), ())
        if _GITIGNORE in names:
            specs = (*specs, *_gitignore(current))
        ignores[current] = specs
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED_FOLDERS
            and not _ignored(f"{os.path.join(current, name)}/", specs)
            and not excludes(f"{os.path.join(current, name)}/")
        )
        for name in filter(is_python, names):
            path = os.path.join(current, name)
            if not (specs and _ignored(path, specs)):
                yield path


def _gitignore(folder: str) -> Iterator[_IgnoreFile]:
    try:
        with open(os.path.join(folder, _GITIGNORE), encoding="utf-8", errors="replace") as file:
            import pathspec

            yield _IgnoreFile(folder, pathspec.GitIgnoreSpec.from_lines(filter(_is_pattern, file)))
    except OSError:
        return  # there is none, or it can't be read: nothing is ignored


def _is_pattern(line: str) -> bool:
    """Whether git could read the line; it passes over the others, too."""
    import pathspec

    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _ignored(path: str, ignores: Iterable[_IgnoreFile]) -> bool:
    slash = "/" if path.endswith("/") else ""
    return any(ignore.spec.match_file(os.path.relpath(path, ignore.folder) + slash) for ignore in ignores)
