"""An SQLite database that can be taken away: the file is unlinked, which is the simplest failure that never varies."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType


class Sqlite:
    """One database file in a temporary folder; a context manager that removes it in the end."""

    kind = "SQLite"
    executor = "SequentialExecutor"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="cmlint-sqlite-"))
        self._file = self._folder / "airflow.db"
        self._kept = self._folder / "kept.db"

    def __enter__(self) -> Sqlite:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """Where SQLAlchemy finds the database."""
        return f"sqlite:///{self._file}"

    @property
    def failing(self) -> str:
        """What `fail` does, in words."""
        return "the file unlinked"

    def fail(self) -> None:
        """Unlink the file; what it held is kept for `restore`."""
        shutil.copy2(self._file, self._kept)
        self._file.unlink()

    def restore(self) -> None:
        """Put the file back as it was when it was taken away."""
        if self._kept.exists():
            self._kept.replace(self._file)
