"""Arguments that can't be understood: what is raised for them, and the parser of every command, which raises it."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from typing import NoReturn


class Refusal(Exception):
    """What was asked for can't be done at all; the message is one line for the user."""


class UsageError(Refusal):
    """The command line can't be understood; the message is one line."""


def _columns() -> int:
    """The width of the terminal, as `shutil.get_terminal_size` has it."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class MissingExtra(UsageError):
    """Something needs a package that comes with an extra of cmlint, and the package is not there."""

    def __init__(self, what: str, package: str | None, extra: str) -> None:
        super().__init__(f"{what} needs `{package}`: {how_to_get(extra)}")


def how_to_get(extra: str) -> str:
    """What to do for an extra: where cmlint came from is known to nobody but whoever installed it."""
    return f"install cmlint with its extra `{extra}`, from where you have it (in a clone: pip install '.[{extra}]')"


class Parser(argparse.ArgumentParser):
    """Options are written out in full, and what is wrong with them is raised instead of printed."""

    def __init__(self, prog: str, description: str, epilog: str | None = None) -> None:
        # An option and its help: one line. To be asked for the width argparse would load the modules for archives.
        layout = partial(argparse.HelpFormatter, max_help_position=30, width=_columns() - 2)
        super().__init__(prog=prog, description=description, epilog=epilog, allow_abbrev=False, formatter_class=layout)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message}{self._meant(message)} (see `{self.prog} --help`)")

    def _meant(self, message: str) -> str:
        """The option that one that does not exist is close to, to be appended to argparse's message; or nothing."""
        import difflib  # only for who mistypes

        for word in message.partition("unrecognized arguments: ")[2].split():
            plain = word.partition("=")[0].replace("--extend-", "--")
            if word.startswith("--extend-") and plain in self._option_string_actions:
                return f"; `{plain}` adds to what is configured"
            close = difflib.get_close_matches(word.partition("=")[0], self._option_string_actions, n=1, cutoff=0.7)
            if close and word.startswith("--"):
                return f"; did you mean `{close[0]}`?"
        return ""
