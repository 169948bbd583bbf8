"""What `cmlint prove` can be asked for; its help needs nothing that the proof itself needs."""

from __future__ import annotations

import sys

from cmlint.usage import Parser

_DESCRIPTION = """\
Starts a real `airflow scheduler` from the Airflow that PYTHON has, with a database of its own in temporary folders,
takes the database away, and says whether the process exits. Takes about ten seconds when it does and forty when it
hangs. The installation is not changed, your own database is not touched, and everything listens on 127.0.0.1 only, but
for Airflow's own log and health servers. Exit code 0: it exits with a failure and leaves nothing behind; 1: it does
not; 2: no answer.
"""


def parser() -> Parser:
    """The parser of what follows `cmlint prove`."""
    prove = Parser("cmlint prove", _DESCRIPTION)
    prove.add_argument("what", choices=["airflow"])
    prove.add_argument(
        "--python", default=sys.executable, help="the interpreter whose Airflow is tried (default: this one)"
    )
    database = prove.add_mutually_exclusive_group()
    database.add_argument("--postgres", dest="database", action="store_const", const="postgres", help="(default)")
    database.add_argument("--sqlite", dest="database", action="store_const", const="sqlite")
    prove.add_argument("--output-format", choices=["text", "markdown", "json"], default="text")
    return prove
