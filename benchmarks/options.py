"""Comma-separated values of command line options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection


def names(argument: str) -> tuple[str, ...]:
    """The names in `argument`."""
    return tuple(name.strip() for name in argument.split(",") if name.strip())


def chosen(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """A reader of names that must be among `known`."""

    def read(argument: str) -> tuple[str, ...]:
        unknown = [name for name in names(argument) if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown set {', '.join(unknown)}; there are {', '.join(known)}")
        return names(argument)

    return read
