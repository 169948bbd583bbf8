"""Arguments that can't be understood: what is raised for them, and the parser of every command, which raises it."""

from __future__ import annotations

import argparse
from functools import partial
from typing import NoReturn


class UsageError(Exception):
    """The command line can't be understood; the message is one line."""


class Parser(argparse.ArgumentParser):
    """Options are written out in full, and what is wrong with them is raised instead of printed."""

    def __init__(self, prog: str, description: str, epilog: str | None = None) -> None:
        super().__init__(prog=prog, description=description, epilog=epilog, allow_abbrev=False)
        self.formatter_class = partial(argparse.HelpFormatter, max_help_position=30)  # an option and its help: one line

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message} (see `{self.prog} --help`)")
