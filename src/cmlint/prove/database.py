"""What the experiment asks of a database: where it is, how it fails, and how it comes back."""

from __future__ import annotations

from typing import Protocol


class Database(Protocol):
    """A database that the experiment owns."""

    @property
    def kind(self) -> str:
        """Its name: PostgreSQL or SQLite."""

    @property
    def executor(self) -> str:
        """The Airflow executor that goes with it."""

    @property
    def failing(self) -> str:
        """What `fail` does, in words."""

    @property
    def url(self) -> str:
        """Where SQLAlchemy finds it."""

    def fail(self) -> None:
        """Take the database away."""

    def restore(self) -> None:
        """Bring it back with what it held."""
