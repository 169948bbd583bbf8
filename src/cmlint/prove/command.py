"""`cmlint prove airflow`: runs one outage against an installed Airflow 2.x and says whether its scheduler exits."""

from __future__ import annotations

import argparse
import os
import subprocess

from cmlint.prove.failure import ProofError
from cmlint.prove.home import Home, airflow_version
from cmlint.prove.outage import Outcome, run_outage
from cmlint.prove.postgres import Postgres
from cmlint.prove.record import as_json, as_markdown
from cmlint.prove.sqlite import Sqlite

EXITS, HANGS, FAILED = 0, 1, 2


def main(given: argparse.Namespace) -> int:
    """Do what is asked for by `given` (see `arguments`) and return the exit code. Raises ProofError."""
    if not given.python:
        raise ProofError("PYTHON is empty: is a variable of your script not set?")
    python = os.path.abspath(given.python) if os.path.dirname(given.python) else given.python
    airflow_version(python)
    try:
        with (Sqlite if given.database == "sqlite" else Postgres)() as failing, Home(python, failing) as home:
            home.create_tables()
            outcome = run_outage(home, "as installed")
    except (OSError, subprocess.SubprocessError) as error:
        raise ProofError(f"the experiment could not be made: {error}") from error
    _print(outcome, given.output_format)
    return EXITS if outcome.restarts else HANGS


def _print(outcome: Outcome, output_format: str) -> None:
    if output_format == "json":
        print(as_json([outcome]), end="")
    elif output_format == "markdown":
        print(as_markdown([outcome]), end="")
    else:
        print("\n".join(_sentences(outcome)))


def _sentences(outcome: Outcome) -> list[str]:
    lines = [f"Airflow {outcome.airflow}, {outcome.failed}: the scheduler {outcome.verdict}."]
    if outcome.loop_died is not None:
        lines.append(f"  its loop died after {outcome.loop_died:.1f} s")
    if outcome.exited is not None:
        lines.append(f"  the process ended after {outcome.exited:.1f} s")
    lines += [f"  still running: {command}" for command in outcome.left]
    lines += [f"  still held: port {port}" for port in outcome.ports]
    if outcome.exited is not None and outcome.status == 0:
        lines.append(
            "  exit status 0 counts as expected: supervisord, and systemd's Restart=on-failure, do not restart it"
        )
    if not outcome.restarts:
        lines.append("  `cmlint airflow` says which files are affected and repairs them")
    return lines
