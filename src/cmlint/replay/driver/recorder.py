"""A recorder stands in for everything that a manager uses: it notes what is done to it and does nothing.

It can be called, read, written, indexed, entered, awaited, iterated (one item, or as many as are unpacked), compared
and calculated with. What is stored in it is read back; what was never stored is another recorder, named by its path.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

from .world import World, instruction, manager_frame

_MERGES = {"DICT_MERGE", "DICT_UPDATE", "CALL_FUNCTION_EX"}
_NAMES = {"__name__", "__qualname__", "__module__", "__doc__", "__file__"}
_MISSING = {"__abstractmethods__", "__isabstractmethod__", "__length_hint__"}


class Recorder:
    """One stand-in; `path` says in source text what it stands for."""

    __slots__ = ("__weakref__", "_cmlint_kept", "_cmlint_path", "_cmlint_world")

    _cmlint_world: World
    _cmlint_path: str
    _cmlint_kept: dict[str, Any]

    def __init__(self, world: World, path: str) -> None:
        object.__setattr__(self, "_cmlint_world", world)
        object.__setattr__(self, "_cmlint_path", path)
        object.__setattr__(self, "_cmlint_kept", {})

    def __getattr__(self, name: str) -> Any:
        if name in _NAMES:
            return path_of(self)
        if name in _MISSING:
            raise AttributeError(name)
        if name == "keys" and _is_merged():
            return lambda: []
        return _kept(self, f".{name}", f"{path_of(self)}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        _note(self, f"{path_of(self)}.{name} = {shown(value)}", can_fail=False)
        self._cmlint_kept[f".{name}"] = value

    def __delattr__(self, name: str) -> None:
        _note(self, f"del {path_of(self)}.{name}", can_fail=False)
        self._cmlint_kept.pop(f".{name}", None)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Note the call; what it returns is a recorder of its own."""
        given = [*map(shown, args), *(f"{name}={shown(value)}" for name, value in keywords.items())]
        _note(self, f"{path_of(self)}({', '.join(given)})")
        return Recorder(self._cmlint_world, f"{path_of(self)}()")

    def __getitem__(self, key: Any) -> Any:
        return _kept(self, f"[{shown(key)}]", f"{path_of(self)}[{shown(key)}]")

    def __setitem__(self, key: Any, value: Any) -> None:
        _note(self, f"{path_of(self)}[{shown(key)}] = {shown(value)}", can_fail=False)
        self._cmlint_kept[f"[{shown(key)}]"] = value

    def __delitem__(self, key: Any) -> None:
        _note(self, f"del {path_of(self)}[{shown(key)}]", can_fail=False)
        self._cmlint_kept.pop(f"[{shown(key)}]", None)

    def __enter__(self) -> Any:
        _note(self, f"{path_of(self)}.__enter__()")
        return _kept(self, "with", f"{path_of(self)}.__enter__()")

    def __exit__(self, *error: object) -> None:
        _note(self, f"{path_of(self)}.__exit__()")

    def __aenter__(self) -> Any:
        return _Ready(Recorder.__enter__(self))

    def __aexit__(self, *error: object) -> Any:
        Recorder.__exit__(self, *error)
        return _Ready(None)

    def __await__(self) -> Generator[Any, None, Any]:
        _note(self, f"await {path_of(self)}")
        return self
        yield

    def __iter__(self) -> Iterator[Any]:
        _note(self, f"iter({path_of(self)})")
        wanted = _wanted()
        if wanted != 1:
            self._cmlint_world.unpacked[path_of(self)] = wanted
        return iter([Recorder(self._cmlint_world, f"{path_of(self)}[{number}]") for number in range(wanted)])

    def __reversed__(self) -> Iterator[Any]:
        return iter([Recorder(self._cmlint_world, f"{path_of(self)}[-1]")])

    def __next__(self) -> Any:
        _note(self, f"next({path_of(self)})")
        return Recorder(self._cmlint_world, f"next({path_of(self)})")

    async def __aiter__(self) -> Any:
        for item in Recorder.__iter__(self):
            yield item

    async def __anext__(self) -> Any:
        return Recorder.__next__(self)

    def __bool__(self) -> bool:
        return self._cmlint_world.ask(path_of(self), True)

    def __contains__(self, item: object) -> bool:
        return self._cmlint_world.ask(f"{shown(item)} in {path_of(self)}", True)

    def __eq__(self, other: object) -> bool:
        return self is other or self._cmlint_world.ask(f"{path_of(self)} == {shown(other)}", False)

    def __ne__(self, other: object) -> bool:
        return not Recorder.__eq__(self, other)

    def __lt__(self, other: object) -> bool:
        return self._cmlint_world.ask(f"{path_of(self)} < {shown(other)}", True)

    def __ge__(self, other: object) -> bool:
        return not Recorder.__lt__(self, other)

    def __gt__(self, other: object) -> bool:
        return self._cmlint_world.ask(f"{path_of(self)} > {shown(other)}", True)

    def __le__(self, other: object) -> bool:
        return not Recorder.__gt__(self, other)

    def __hash__(self) -> int:
        return id(self)

    def __instancecheck__(self, instance: object) -> bool:
        return self._cmlint_world.ask(f"isinstance({shown(instance)}, {path_of(self)})", True)

    def __subclasscheck__(self, subclass: type) -> bool:
        if isinstance(subclass, type) and issubclass(subclass, BaseException):
            return issubclass(subclass, self._cmlint_world.exception(path_of(self)))
        return self._cmlint_world.ask(f"issubclass({shown(subclass)}, {path_of(self)})", True)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (based_on(self._cmlint_world),)

    def __repr__(self) -> str:
        return path_of(self)

    def __format__(self, spec: str) -> str:
        return path_of(self)

    def __bytes__(self) -> bytes:
        return path_of(self).encode()

    def __len__(self) -> int:
        return 1

    def __int__(self) -> int:
        return 1

    def __index__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def __complex__(self) -> complex:
        return 1j

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _kept(self, ".__class__", f"type({path_of(self)})")

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        return _kept(self, ".__dict__", f"vars({path_of(self)})")


class _Ready:
    """Something to await that never waits; what it stands for was noted when it was made."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        return self.value
        yield


def path_of(recorder: Any) -> str:
    """What it stands for."""
    path: str = object.__getattribute__(recorder, "_cmlint_path")
    return path


def is_recorder(value: object) -> bool:
    """Whether `value` is a stand-in; `isinstance` would ask its `__class__`."""
    return type(value) is Recorder


def shown(value: object) -> str:
    """A value as it is shown in operations and questions: without addresses, so that two runs agree."""
    if is_recorder(value):
        return path_of(value)
    if value is None or type(value) in (bool, int, float, str, bytes):
        return repr(value)
    if type(value) in (tuple, list):
        inner = ", ".join(map(shown, value))  # type: ignore[call-overload]
        return f"({inner})" if type(value) is tuple else f"[{inner}]"
    if type(value) is dict:
        return "{" + ", ".join(f"{shown(key)}: {shown(item)}" for key, item in value.items()) + "}"
    return getattr(value, "__name__", None) or f"a {type(value).__name__}"


def based_on(world: World) -> type:
    """A base class whose objects give recorders for the attributes that they lack."""

    def missing(self: object, name: str) -> Any:
        made = Recorder(world, f"self.{name}")
        object.__setattr__(self, name, made)
        return made

    return type("Base", (), {"__getattr__": missing})


def _note(recorder: Recorder, text: str, *, can_fail: bool = True) -> None:
    recorder._cmlint_world.operation(text, can_fail=can_fail)


def _kept(recorder: Recorder, key: str, path: str) -> Any:
    kept: dict[str, Any] = object.__getattribute__(recorder, "_cmlint_kept")
    if key not in kept:
        kept[key] = Recorder(object.__getattribute__(recorder, "_cmlint_world"), path)
    return kept[key]


def _is_merged() -> bool:
    """Whether the manager is just unpacking a mapping into a call or a dictionary: then it is empty."""
    frame = manager_frame()
    return frame is not None and instruction(frame.f_code, frame.f_lasti)[0] in _MERGES


def _wanted() -> int:
    """How many items the manager is going to unpack; 1 where it loops."""
    frame = manager_frame()
    if frame is None:
        return 1
    name, argument = instruction(frame.f_code, frame.f_lasti)
    if name == "UNPACK_SEQUENCE":
        return argument
    return (argument & 255) + (argument >> 8) if name == "UNPACK_EX" else 1


def _calculation(sign: str, turned: bool) -> Callable[[Recorder, object], Any]:
    def calculate(self: Recorder, other: object) -> Any:
        first, second = (shown(other), path_of(self)) if turned else (path_of(self), shown(other))
        return Recorder(object.__getattribute__(self, "_cmlint_world"), f"({first} {sign} {second})")

    return calculate


_OPERATORS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
}
for _name, _sign in _OPERATORS.items():
    setattr(Recorder, f"__{_name}__", _calculation(_sign, turned=False))
    setattr(Recorder, f"__r{_name}__", _calculation(_sign, turned=True))
for _name, _sign in {"neg": "-", "pos": "+", "invert": "~", "abs": "abs"}.items():
    setattr(
        Recorder,
        f"__{_name}__",
        lambda self, sign=_sign: Recorder(object.__getattribute__(self, "_cmlint_world"), f"{sign} {path_of(self)}"),
    )
