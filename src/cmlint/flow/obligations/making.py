"""What a call makes, as its name says: something new, a temporary, or another name for what is there."""

from __future__ import annotations

from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import words_of

CREATING = frozenset(
    {
        "create",
        "make",
        "mkdir",
        "makedirs",
        "mkdtemp",
        "mkstemp",
        "mktemp",
        "new",
        "add",
        "build",
        "temp",
        "tmp",
        "temporary",
    }
    | {
        "tempfile",
        "allocate",
        "alloc",
        "provision",
        "launch",
        "spawn",
        "register",
        "insert",
        "clone",
        "generate",
        "gen",
    }
    | {"download", "upload", "deploy", "extract", "write", "render", "dump"}
)
TEMPORARY = frozenset({"temp", "tmp", "temporary", "mkdtemp", "mkstemp", "tempfile", "tempdir", "tmpdir"})
NAMING = frozenset({"join", "joinpath", "with_suffix", "with_name", "format"})
CONVERTING = frozenset(
    {"str", "bytes", "Path", "PurePath", "fsencode", "fsdecode", "abspath", "realpath", "normpath", "resolve"}
    | {"to_bytes", "to_text", "to_native", "ensure_str", "ensure_bytes", "as_posix"}
)


def creates(event: Call) -> bool:
    """Whether what the call returns is new: the name of the callee is that of a class or says so."""
    name = (event.dotted or event.method).removesuffix("()").rpartition(".")[2]
    converted = (event.args[0].dotted or "") if event.method in CONVERTING and event.args else ""
    if event.method == "path" and event.args:
        converted = event.args[0].dotted or ""  # a path of a class of its own
    if converted.endswith(("mkdtemp()", "mkstemp()")):
        return True
    return name.lstrip("_")[:1].isupper() or not CREATING.isdisjoint(words_of(event.method))


def is_made(name: str, event: Event) -> bool:
    """Whether it makes what is called `name` or a place for it, and does not hand out what may be there already."""
    if not isinstance(event, Call) or name not in event.results:
        return True  # writes under a path (`file = open(name, "w")`), or is a path that is put together
    named = event.method in NAMING or is_called_temporary(name)
    return named or creates(event)


def is_called_temporary(name: str) -> bool:
    """Whether a name says that what it stands for is temporary."""
    return not TEMPORARY.isdisjoint(words_of(name))


def makes_by_name(event: Event) -> bool:
    """Whether the event is a call whose name says that it makes something."""
    return isinstance(event, Call) and not CREATING.isdisjoint(words_of(event.method))
