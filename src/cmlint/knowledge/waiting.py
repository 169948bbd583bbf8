"""What waits for something and raises when it does not come in time: told from the name of the method and keywords.

`poll_until(ready)`, `camera.wait_idle(timeout=5)`. What answers instead of raising (`join`, `acquire`, the `wait` of an
event), what closes and what only shows or keeps the limit are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

_UNTIL = "until"
_LIMITS = frozenset({"timeout", "timeout_s", "timeout_ms", "timeout_sec", "timeout_seconds"})
_ANSWERING = frozenset({"join", "wait", "acquire", "poll", "select", "is", "has"})
_ENDING = frozenset(
    {"close", "aclose", "stop", "shutdown", "terminate", "kill", "cancel", "disconnect", "exit", "quit"}
)
_KEEPING = frozenset(
    {"partial", "set", "make", "create", "build", "configure", "get", "show", "message", "notify", "register", "add"}
)


def waits_in_vain(method: str, method_words: Sequence[str], keywords: Collection[str]) -> bool:
    """Whether the call says that it raises after a limited time."""
    if _UNTIL in method_words:
        return True
    if _LIMITS.isdisjoint(keywords) or method[:1].isupper() or method in _ANSWERING:
        return False
    return method == "get" or (_ENDING | _KEEPING | {"is", "has"}).isdisjoint(method_words[:1])
