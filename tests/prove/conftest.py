"""What the proof shares: the four Airflows it runs, the databases, and the record of what every outage did."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from cmlint.prove.home import Home
from cmlint.prove.outage import Outcome
from cmlint.prove.postgres import Postgres
from cmlint.prove.record import as_json, as_markdown
from cmlint.prove.sqlite import Sqlite
from prove.installation import CannotBeBuilt, copy_of, kept, package

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "fixes" / "airflow" / "scheduler_command.py"
PROOF = ROOT / "build" / "proof"
COMMAND = Path("cli") / "commands" / "scheduler_command.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The proof's tests install Airflow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.network)


@pytest.fixture(scope="session")
def environment() -> Path:
    try:
        return kept()
    except CannotBeBuilt as error:
        pytest.skip(f"no proof with a real Airflow: {error}")


@pytest.fixture(scope="session")
def released(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Airflow 2.6.3 as it was released."""
    return str(copy_of(environment, tmp_path_factory.mktemp("released") / "venv"))


@pytest.fixture(scope="session")
def fixed(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Airflow 2.6.3 after `cmlint --fix` on the installed package."""
    python = copy_of(environment, tmp_path_factory.mktemp("fixed") / "venv")
    done = subprocess.run(
        [sys.executable, "-m", "cmlint", "--fix", "--isolated", str(package(python))], capture_output=True, text=True
    )
    assert "scheduler_command.py" in done.stderr, done.stderr
    return str(python)


@pytest.fixture(scope="session")
def shipped(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Airflow 2.6.3 with the scheduler command that cmlint ships."""
    python = copy_of(environment, tmp_path_factory.mktemp("shipped") / "venv")
    _replaced(package(python) / COMMAND, SHIPPED.read_text())
    return str(python)


@pytest.fixture(scope="session")
def swallowing(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Airflow 2.6.3 with what 2.7.0 did: the caller logs the exception and goes on."""
    python = copy_of(environment, tmp_path_factory.mktemp("swallowing") / "venv")
    command = package(python) / COMMAND
    call = "        run_job(job=job_runner.job, execute_callable=job_runner._execute)\n"
    text = command.read_text()
    assert text.count(call) == 1
    swallowed = (
        f"        try:\n    {call}        except Exception as error:\n            print('gone on after', error)\n"
    )
    _replaced(command, text.replace(call, swallowed))
    return str(python)


@pytest.fixture
def stubborn(shipped: str, tmp_path: Path) -> str:
    """The shipped command, and a health check that ignores SIGTERM."""
    python = copy_of(Path(shipped).parent.parent, tmp_path / "venv")
    health = package(python) / "utils" / "scheduler_health.py"
    start = "def serve_health_check():\n"
    text = health.read_text()
    assert text.count(start) == 1
    deaf = "    import signal\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    _replaced(health, text.replace(start, start + deaf))
    return str(python)


def _replaced(file: Path, text: str) -> None:
    """Give `file` a new text; a link to the kept environment is cut, not written through."""
    file.unlink()
    file.write_text(text)
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)


@pytest.fixture(scope="session")
def server(released: str) -> Iterator[Postgres]:
    with Postgres() as running, Home(released, running) as home:
        home.create_tables()
        yield running


@pytest.fixture
def postgres(server: Postgres) -> Iterator[Postgres]:
    """A PostgreSQL with Airflow's tables, up at the start of every test."""
    yield server
    if not server.is_running:
        server.restore()


@pytest.fixture(scope="session")
def file(released: str) -> Iterator[Sqlite]:
    with Sqlite() as database, Home(released, database) as home:
        home.create_tables()
        yield database


@pytest.fixture
def sqlite(file: Sqlite) -> Iterator[Sqlite]:
    """An SQLite file with Airflow's tables, there at the start of every test."""
    yield file
    file.restore()


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Iterator[list[Outcome]]:
    """The outages of one test. They are kept in a file of their own, because several workers may run the proof."""
    outcomes: list[Outcome] = []
    yield outcomes
    kept_in = PROOF / "outcomes"
    kept_in.mkdir(parents=True, exist_ok=True)
    name = f"{request.path.stem}-{request.node.name}.json"
    (kept_in / name).write_text(json.dumps([asdict(outcome) for outcome in outcomes]))
    _tabulate(kept_in)


def _tabulate(kept_in: Path) -> None:
    """Write the table of all outages that are kept: build/proof/airflow.md and airflow.json."""
    files = (json.loads(file.read_text()) for file in sorted(kept_in.glob("*.json")))
    outcomes = [
        Outcome(**{**one, "left": tuple(one["left"]), "ports": tuple(one["ports"])}) for f in files for one in f
    ]
    (PROOF / "airflow.md").write_text(as_markdown(outcomes))
    (PROOF / "airflow.json").write_text(as_json(outcomes))
