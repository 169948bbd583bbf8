"""Whether a manager is the lifespan of an application: what a server enters when it starts and leaves when it stops.

It is called so, or it is given the application, as its annotation says: frameworks document that what stands behind the
yield is the shutdown. It is skipped when the server's task is cancelled or the application fails, in a test as well.
May miss one under another name whose parameter has no annotation.
"""

from __future__ import annotations

from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope

_LIFESPAN = ("lifespan", "lifetime")
_CALLED = (["app"], ["application"], ["server"])
_APPLICATIONS = frozenset(
    {
        "fastapi.FastAPI",
        "fastapi.applications.FastAPI",
        "starlette.applications.Starlette",
        "litestar.Litestar",
        "mcp.server.Server",
        "mcp.server.fastmcp.FastMCP",
        "fastmcp.FastMCP",
        "faststream.FastStream",
    }
)


def runs_with_application(scope: Scope) -> bool:
    """Whether a lifespan is given the application as well, by its annotation or by what the parameter is called."""
    named = any(words_of(parameter)[-1:] in _CALLED for parameter in scope.parameters)
    return not _APPLICATIONS.isdisjoint(scope.annotations) or (is_lifespan(scope) and named)


def is_lifespan(scope: Scope) -> bool:
    """Whether the manager whose names these are is a lifespan."""
    return words_of(scope.name)[-1:] in ([word] for word in _LIFESPAN) or not _APPLICATIONS.isdisjoint(
        scope.annotations
    )
