"""Shares the files among processes where that pays; the results come in the order of the files either way.

A process costs a tenth of a second, in which another one goes through 10 MB, so there are none for less. One that dies
(killed for want of memory, by a defect in native code) loses no file: the parent checks what is missing by itself, and
says so.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cmlint.config_lookup import Finder
from cmlint.running.cache import Cache
from cmlint.running.funnel import Funnel, Passed
from cmlint.running.syntax import Asking, is_larger

_WORTH_SHARING = 16_000_000  # bytes of Python
_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_SHARES = 8  # chunks for each process, so that a slow file holds up nobody


def in_turn(funnel: Funnel, files: Sequence[str], jobs: int) -> Iterator[Passed]:
    """What came of each of `files`, in their order, as it comes. Raises ConfigError."""
    processes = min(_processors(), jobs or _processors(), max(1, len(files)))
    if processes < 2 or not (jobs > 1 or is_larger(files, _WORTH_SHARING)):
        return map(funnel.check, files)
    return _shared(funnel, files, processes)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shared(funnel: Funnel, files: Sequence[str], processes: int) -> Iterator[Passed]:
    from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    size = max(1, -(-len(files) // (processes * _SHARES)))
    chunks = [files[at : at + size] for at in range(0, len(files), size)]
    pool: Executor
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        pool = ThreadPoolExecutor(processes)
        with pool:
            for done in pool.map(lambda chunk: list(map(funnel.check, chunk)), chunks):
                yield from done
        return
    # A fork shares what is imported already; where it is not safe (macOS) processes start afresh.
    method = "fork" if sys.platform.startswith("linux") else "spawn"
    if method == "fork" and not funnel.cache.knows_something:
        import cmlint.checker  # so much Python is hardly without a manager: once is enough
        import cmlint.fix.propose  # noqa: F401 - and hardly without a finding
    pool = ProcessPoolExecutor(processes, get_context(method), _begin, (funnel.settings, funnel.cache, funnel.asking))
    died = False
    try:
        with _undisturbed():  # the first one starts the processes
            waiting = [pool.submit(_work, list(chunks[0]))]
        waiting += [pool.submit(_work, list(chunk)) for chunk in chunks[1:]]
        for chunk, future in zip(chunks, waiting, strict=True):
            try:
                done, entries = future.result()
                funnel.cache.take(entries)
            except BrokenProcessPool:
                done = [funnel.check(path) for path in chunk]
                if not died:  # it takes the whole pool with it
                    done[0] = done[0].with_note("a process that was checking files died; they were checked without it")
                died = True
            yield from done
    except BaseException:
        _end(pool)
        raise
    pool.shutdown()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Puts off a Ctrl-C until the end: in the middle of a fork the interpreter would print it, and go on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(pool: Any) -> None:
    """End the processes at once: nobody wants their answers any more."""
    for process in list((getattr(pool, "_processes", None) or {}).values()):
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


_check: Callable[[list[str]], tuple[list[Passed], dict[str, Any]]] | None = None  # of this worker process


def _begin(settings: Finder, cache: Cache, asking: Asking) -> None:
    """What each process does first: the parent alone answers to Ctrl-C, and ends the others."""
    global _check  # noqa: PLW0603 - a pool has no other way to hand a process its own value
    gc.freeze()  # what came with the fork stays: to look through it would copy its pages
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    funnel = Funnel(settings, cache, asking)

    def check(paths: list[str]) -> tuple[list[Passed], dict[str, Any]]:
        cache.new.clear()
        return [funnel.check(path) for path in paths], dict(cache.new)

    _check = check


def _work(paths: list[str]) -> tuple[list[Passed], dict[str, Any]]:
    assert _check is not None
    return _check(paths)
