"""What is said of a file with which something is wrong: a reason of its own, or a defect of cmlint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cmlint.config import ConfigError
from cmlint.nesting import stems_from
from cmlint.problems import Problem
from cmlint.source import SourceError

_T = TypeVar("_T")


def guarded(path: str, work: Callable[[], _T]) -> _T | Problem:
    """What `work` on the file at `path` comes to, or what stands in its way. Raises ConfigError."""
    try:
        return work()
    except SourceError as error:
        return Problem(path, error.message, error.line)
    except ConfigError:
        raise
    except Exception as error:  # so that a defect of cmlint costs one file, and is said
        return own_failure(path, error)


def own_failure(path: str, error: Exception) -> Problem:
    """What is said about a file at which cmlint itself fails. Raises KeyboardInterrupt where that is the cause."""
    if stems_from(error, KeyboardInterrupt):
        raise KeyboardInterrupt from error
    return Problem(path, f"cmlint failed here, please report it ({type(error).__name__}: {error})")
