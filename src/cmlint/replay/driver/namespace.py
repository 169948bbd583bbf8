"""What the names of the manager's code mean: recorders, the real contextlib, and builtins that touch nothing."""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from .recorder import Recorder, based_on, is_recorder, path_of, shown
from .rewriting import CAUGHT, RAISED, SAME
from .world import World

BASE = "__cmlint_base__"
_OF_CONTEXTLIB = """
AbstractAsyncContextManager AbstractContextManager AsyncContextDecorator AsyncExitStack ContextDecorator ExitStack
aclosing asynccontextmanager closing contextmanager nullcontext suppress
"""
_REAL_CONTEXTLIB = frozenset(_OF_CONTEXTLIB.split())
# Everything else is a recorder: what opens, runs, imports, prints, waits for input, or shows the namespace.
_HARMLESS_NAMES = """
False None True Ellipsis NotImplemented __build_class__ __debug__ __name__ abs aiter all anext any ascii bin bool
bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format frozenset hash hex id int
iter len list map max memoryview min next object oct ord pow property range repr reversed round set slice sorted
staticmethod str sum tuple zip
"""
_HARMLESS = frozenset(_HARMLESS_NAMES.split())


class Contextlib:
    """The module contextlib as the manager sees it: the real one, but what redirects or changes folders is recorded."""

    def __init__(self, world: World) -> None:
        self._recorder = Recorder(world, "contextlib")

    def __getattr__(self, name: str) -> Any:
        if name in _REAL_CONTEXTLIB and hasattr(contextlib, name):
            return getattr(contextlib, name)
        return getattr(self._recorder, name)


def namespace(world: World, used: Iterable[str], meanings: Mapping[str, str]) -> dict[str, Any]:
    """The globals for code that mentions `used`; `meanings` says what the names of the file stand for."""
    modules: dict[str, Any] = {"contextlib": Contextlib(world), "contextlib2": Contextlib(world)}
    safe = _builtins(world, modules)
    names: dict[str, Any] = {
        "__builtins__": safe,
        "__name__": "replayed",
        "__file__": "replayed",
        BASE: based_on(world),
        CAUGHT: lambda kinds: _caught(world, kinds),
        RAISED: lambda error: _raised(world, error),
        SAME: lambda one, other: _same(world, one, other),
    }
    for name in used:
        if name not in names and (name in meanings or name not in safe):
            names[name] = _meaning(world, modules, name, meanings.get(name, name))
    return names


def _meaning(world: World, modules: dict[str, Any], name: str, meaning: str) -> Any:
    """Contextlib's names and harmless builtins are real under any alias; the rest is called as the file calls it."""
    module, _, attribute = meaning.partition(".")
    if module == "builtins" and attribute in _HARMLESS:
        return getattr(builtins, attribute)
    if module in ("contextlib", "contextlib2"):
        return getattr(modules[module], attribute) if attribute else modules[module]
    return _module(world, modules, name)


def _module(world: World, modules: dict[str, Any], name: str) -> Any:
    """The stand-in for a name or a module: one for all that mention it, so that what is stored in it is found again."""
    if name not in modules:
        modules[name] = Recorder(world, name)
    return modules[name]


def _builtins(world: World, modules: dict[str, Any]) -> dict[str, Any]:
    real = {
        name: value
        for name, value in vars(builtins).items()
        if name in _HARMLESS or (isinstance(value, type) and issubclass(value, BaseException))
    }
    own = {
        "__import__": lambda name, *given: _imported(world, modules, name, *given),
        "isinstance": lambda value, kinds: _is_instance(world, value, kinds),
        "issubclass": lambda value, kinds: _is_subclass(world, value, kinds),
        "hasattr": lambda value, name: _has(world, value, name),
        "getattr": lambda value, name, *default: getattr(value, _attribute(name), *default),
        "setattr": lambda value, name, new: setattr(value, _attribute(name), new),
        "delattr": lambda value, name: delattr(value, _attribute(name)),
        "type": _type,
    }
    recorded = {name: Recorder(world, name) for name in vars(builtins) if name not in real and name not in own}
    return {**recorded, **real, **own}


def _imported(
    world: World,
    modules: dict[str, Any],
    name: str,
    _: object = None,
    __: object = None,
    wanted: Any = (),
    level: int = 0,
) -> Any:
    """`import` in the manager: an operation that can fail, and a stand-in for the module."""
    world.operation(f"import {'.' * level}{name}")
    top, *rest = name.split(".")
    found = Recorder(world, ".") if level else _module(world, modules, top)
    for part in rest if wanted else ():
        found = getattr(found, part)
    return found


def _is_instance(world: World, value: object, kinds: Any) -> bool:
    if is_recorder(value) or is_recorder(kinds):
        return world.ask(f"isinstance({shown(value)}, {shown(kinds)})", True)
    if type(kinds) is tuple:
        return any(_is_instance(world, value, kind) for kind in kinds)
    return isinstance(value, kinds)


def _is_subclass(world: World, value: Any, kinds: Any) -> bool:
    if is_recorder(value):
        return world.ask(f"issubclass({shown(value)}, {shown(kinds)})", True)
    return issubclass(value, kinds)


def _has(world: World, value: object, name: object) -> bool:
    if is_recorder(value):
        return world.ask(f"hasattr({shown(value)}, {shown(name)})", True)
    return hasattr(value, _attribute(name))


def _attribute(name: object) -> Any:
    """The name of an attribute, which has to be text: a recorder's is its path."""
    return path_of(name) if is_recorder(name) else name


def _type(*given: Any) -> Any:
    if len(given) == 1 and is_recorder(given[0]):
        return given[0].__class__
    return type(*given)


def _same(world: World, one: object, other: object) -> bool:
    """`one is other`; whether a recorder stands for None is a question, like any other condition."""
    if one is other:
        return True
    if is_recorder(other) and not is_recorder(one):
        one, other = other, one
    if not is_recorder(one):
        return False
    return world.ask(f"{shown(one)} is {shown(other)}", False)


def _caught(world: World, kinds: Any) -> Any:
    """The classes of an `except`: an exception class made for the purpose where a recorder stands."""
    if type(kinds) is tuple:
        return tuple(each for kind in kinds for each in _listed(_caught(world, kind)))
    return world.exception(path_of(kinds)) if is_recorder(kinds) else kinds


def _listed(kinds: Any) -> tuple[Any, ...]:
    return kinds if type(kinds) is tuple else (kinds,)


def _raised(world: World, error: Any) -> Any:
    """What is raised: an exception made for the purpose where a recorder stands."""
    world.operation(f"raise {shown(error)}")
    if is_recorder(error):
        error = world.exception(path_of(error).removesuffix("()"))()
    world.raised.append(error)
    return error
