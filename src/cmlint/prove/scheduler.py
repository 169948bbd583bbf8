"""One `airflow scheduler` in the foreground, in a session of its own, of which nothing is left in the end."""

from __future__ import annotations

import subprocess
from types import TracebackType

from cmlint.prove.failure import ProofError, last_words
from cmlint.prove.home import Home
from cmlint.prove.processes import described, end_session, members, wait_until

START_PATIENCE = 120  # seconds until a scheduler must be healthy


class Scheduler:
    """A running scheduler; a context manager that waits until it is healthy and kills what is left at the end."""

    def __init__(self, home: Home, *options: str) -> None:
        self.home = home
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Scheduler:
        with self.home.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.home.command("scheduler", *self._options),
                env=self.home.environment,
                cwd=self.home.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            end_session(self._process.pid)
            self._process.wait()

    @property
    def pid(self) -> int:
        """The process id of the scheduler, which is also its session."""
        assert self._process is not None
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while the scheduler runs."""
        assert self._process is not None
        return self._process.poll()

    def signal(self, number: int) -> None:
        """Send signal `number` to the scheduler process alone."""
        assert self._process is not None
        self._process.send_signal(number)

    def exits_within(self, seconds: float) -> bool:
        """Whether the process ends within `seconds`."""
        return wait_until(lambda: self.status is not None, seconds)

    def leftovers(self) -> tuple[str, ...]:
        """The command lines of what is alive of its session, the scheduler itself left out."""
        return tuple(described(process) for process in members(self.pid) if process.pid != self.pid)

    def _wait_until_healthy(self) -> None:
        """Wait for the loop, then for the children, which are there before it. Raises ProofError."""
        ready = wait_until(lambda: self.status is not None or self.home.loop_has_started(), START_PATIENCE)
        if ready and self.home.children:
            ready = wait_until(lambda: self.status is not None or self.home.is_healthy(), START_PATIENCE, pause=1)
        if self.status is not None or not ready:
            state = "did not get healthy" if self.status is None else f"ended with status {self.status}"
            raise ProofError(
                f"the scheduler {state} within {START_PATIENCE} s; its last words: {last_words(self.home.logged())}"
            )
