"""What `anchors` derives from the shipped protocols: written by `pytest tests/test_knowledge.py --record`."""

from __future__ import annotations

from cmlint.knowledge.triggers import Need, Triggers

SHIPPED = Triggers(
    (
        b"contextmanager",
        b"fixture",
        b"Depends",
        b"cleanup_ctx",
        b"hookimpl",
        b"exit__",
    ),
    (
        b"dependency_injector",
        b"litestar",
        b"fastapi",
        b"dagster",
        b"wireup",
        b"dishka",
    ),
    (
        Need(frozenset(["Depends", "fast_depends"]), frozenset([b"Depends"]), True),
        Need(frozenset(["Depends", "fastapi"]), frozenset([b"Depends", b"fastapi"]), True),
        Need(frozenset(["Depends", "taskiq_dependencies"]), frozenset([b"Depends"]), True),
        Need(frozenset(["Provide", "litestar"]), frozenset([b"litestar"]), True),
        Need(frozenset(["Resource", "dependency_injector"]), frozenset([b"dependency_injector"]), True),
        Need(frozenset(["Security", "fastapi"]), frozenset([b"fastapi"]), True),
        Need(frozenset(["TaskiqDepends", "taskiq"]), frozenset([b"Depends"]), True),
        Need(frozenset(["append", "cleanup_ctx"]), frozenset([b"cleanup_ctx"]), True),
        Need(frozenset(["cleanup_ctx", "extend"]), frozenset([b"cleanup_ctx"]), True),
        Need(frozenset(["_agnosticcontextmanager", "opentelemetry"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["async_generator", "asynccontextmanager"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["asynccontextmanager"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["asynccontextmanager", "contextlib"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["asynccontextmanager", "contextlib2"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["asynccontextmanager", "synchronicity"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["behave", "fixture"]), frozenset([b"fixture"]), False),
        Need(frozenset(["contextlib", "contextmanager"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["contextlib2", "contextmanager"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["contextmanager"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["contextmanager", "decorator"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["contextmanager", "tf_contextlib"]), frozenset([b"contextmanager"]), False),
        Need(frozenset(["dagster", "resource"]), frozenset([b"dagster"]), False),
        Need(frozenset(["dishka", "provide"]), frozenset([b"dishka"]), False),
        Need(frozenset(["fixture", "pytest"]), frozenset([b"fixture"]), False),
        Need(frozenset(["fixture", "pytest_asyncio"]), frozenset([b"fixture"]), False),
        Need(frozenset(["fixture", "ward"]), frozenset([b"fixture"]), False),
        Need(frozenset(["hookimpl"]), frozenset([b"hookimpl"]), False),
        Need(frozenset(["hookimpl", "pytest"]), frozenset([b"hookimpl"]), False),
        Need(frozenset(["pytest", "yield_fixture"]), frozenset([b"fixture"]), False),
        Need(frozenset(["service", "wireup"]), frozenset([b"wireup"]), False),
        Need(frozenset(["__aexit__"]), frozenset([b"exit__"]), False),
        Need(frozenset(["__exit__"]), frozenset([b"exit__"]), False),
    ),
)
