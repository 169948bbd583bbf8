"""Where a file lies in the repository, for consumers of a report who know nothing but the repository.

The repository is the nearest folder at or above the working folder that has a `.git`; without one it is the working
folder itself.
"""

from __future__ import annotations

import os

from cmlint.usage import Refusal


class OutsideError(Refusal):
    """A report that speaks of a repository can't place a file; the message is one line."""


def repository() -> str:
    """The absolute path of the repository's folder."""
    here = os.getcwd()
    folder = here
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return here
        folder = above
    return folder


def in_repository(path: str) -> str:
    """`path` relative to the repository, with slashes. Raises OutsideError when it is not in there."""
    root = repository()
    absolute = os.path.abspath(path)
    # The working folder may have been reached by a symbolic link, and the path given without it.
    for top, place in ((root, absolute), (os.path.realpath(root), _with_real_folder(absolute))):
        if place == top or place.startswith(top.rstrip(os.sep) + os.sep):
            return os.path.relpath(place, top).replace(os.sep, "/")
    raise OutsideError(f"{path}: outside of the repository {root}, so this report can't say where it is")


def _with_real_folder(path: str) -> str:
    """The path with links resolved in its folder only: a file that is a link has its place where the link is."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)
