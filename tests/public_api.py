"""Walks the public standard library of this Python and prints, as JSON, what is named like a release.

Run as a script in a process of its own, because importing everything leaves traces. `methods` are the methods of
public classes and `functions` those of public modules, with all public names they go by, the shortest first; `pairs`
are the functions that set what another one gets.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import pkgutil
import re
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType

_NAMES = """
    abort aclose bye cancel cleanup close closelog deactivate deregister destroy detach disable disconnect dispose end
    endwin exit finalize finish free kill leave logout quit release remove reset resetty restore rmdir rmtree shutdown
    stop terminate teardown unbind uninstall unlink unlock unmount unregister unset unsetenv unsubscribe unwrap
"""
RELEASES = frozenset(_NAMES.split())
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_ENDS = re.compile(r"(close|cleanup|closelog|unlink|xattr|reset.*)$")
_LEFT_OUT_MODULES = frozenset({"__main__", "antigravity", "idlelib", "lib2to3", "test", "this", "turtledemo"})


def is_release(name: str) -> bool:
    """Whether the first or the last word of a name says that something ends."""
    words = [word.lower() for word in _WORD.findall(name)] or [""]
    joined = _ENDS.match(name) is not None or name.lower() in RELEASES or name.endswith(("close", "cleanup"))
    return not name.startswith("_") and (joined or words[0] in RELEASES or words[-1] in RELEASES)


def modules() -> Iterator[ModuleType]:
    """Every public module that can be imported here."""
    for name in sorted(sys.stdlib_module_names):
        if (not name.startswith("_") or name == "_thread") and name not in _LEFT_OUT_MODULES:
            yield from _loaded(name)


def _loaded(name: str) -> Iterator[ModuleType]:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            module = importlib.import_module(name)
    except Exception:
        return  # a module of another system
    yield module
    for each in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not each.name.startswith("_") and each.name not in ("test", "tests"):
            yield from _loaded(f"{name}.{each.name}")


def _is_own(thing: object) -> bool:
    top = str(getattr(thing, "__module__", None) or "builtins").partition(".")[0]
    return top in sys.stdlib_module_names


def _shortest(name: str) -> tuple[int, str]:
    """The name that is documented is the one with the fewest modules."""
    return name.count("."), name


def walk() -> dict[str, list[list[object]]]:
    """The methods, functions and pairs, each with its public names."""
    classes: dict[type, list[str]] = {}
    functions: dict[int, list[str]] = {}
    pairs: list[list[object]] = []
    for module in modules():
        names = {name for name in vars(module) if not name.startswith("_")}
        for name in sorted(names):
            thing = vars(module)[name]
            if inspect.isclass(thing) and _is_own(thing):
                classes.setdefault(thing, []).append(f"{module.__name__}.{name}")
            elif callable(thing) and is_release(name) and _is_own(thing):
                functions.setdefault(id(thing), []).append(f"{module.__name__}.{name}")
            setter = name.replace("get", "set", 1)
            if setter != name and setter in names and callable(thing) and callable(vars(module)[setter]):
                pairs.append([f"{module.__name__}.{name}", f"{module.__name__}.{setter}"])
    methods: list[list[object]] = [
        [sorted(names, key=_shortest), method]
        for cls, names in classes.items()
        for method in sorted(dir(cls))
        if is_release(method) and callable(getattr(cls, method, None))
    ]
    return {
        "methods": methods,
        "functions": [[sorted(names, key=_shortest)] for names in functions.values()],
        "pairs": pairs,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(walk()))
