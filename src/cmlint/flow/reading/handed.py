"""Functions that are handed to what runs them: `loop.run_in_executor(None, self._open)`, `nodes.run(start, name=name)`.

What runs a function says so by its name, and comes back when the function has come back. It may pass arguments of its
own, on other hosts even. These go by the name of the parameter: two functions that are run by the same method and call
a parameter alike mean the same object. May miss what runs a function under another name.
"""

from __future__ import annotations

import libcst as cst

from cmlint.flow.reading.renaming import own_name

_RUNNING = ("run", "to_thread", "call", "invoke", "execute", "apply")
_ARGUMENTS_BEFORE = {"to_thread": 0, "run_sync": 0, "run_in_threadpool": 0, "run_in_executor": 1}  # before the function
_WRAPPERS = ("sync_to_async", "async_to_sync", "database_sync_to_async")
# of asgiref and channels, https://docs.djangoproject.com/en/stable/topics/async/
_LATER = ("later", "soon", "at", "async", "nowait", "threadsafe", "until")


def what_it_runs(call: cst.Call) -> cst.Call | None:
    """The call of the function that `call` is given first, with what is passed on; None when it runs none."""
    name = _name(call.func)
    words = name.strip("_").split("_")
    runs = words[0] in _RUNNING or name in _RUNNING
    if not runs or not set(words).isdisjoint(_LATER):
        return None
    for at, argument in enumerate(call.args):
        if argument.keyword is not None or argument.star:
            return None
        if isinstance(argument.value, (cst.Name, cst.Attribute)) and _name(argument.value) != "None":
            return cst.Call(argument.value, call.args[at + 1 :])
    return None


def in_a_thread(call: cst.Call) -> cst.Call | None:
    """What `call` runs in another thread while it waits: `to_thread(lock.acquire)`; None when it does not."""
    wrapper = call.func
    if isinstance(wrapper, cst.Call) and _name(wrapper.func) in _WRAPPERS and len(wrapper.args) == 1:
        wrapped = wrapper.args[0].value  # `sync_to_async(client.login)(user)`
        return cst.Call(wrapped, call.args) if isinstance(wrapped, (cst.Name, cst.Attribute)) else None
    before = _ARGUMENTS_BEFORE.get(_name(call.func))
    if before is None or any(argument.star or argument.keyword for argument in call.args[: before + 1]):
        return None
    function = call.args[before].value if len(call.args) > before else None
    return cst.Call(function, call.args[before + 1 :]) if isinstance(function, (cst.Name, cst.Attribute)) else None


def given(function: cst.FunctionDef, inner: cst.Call, call: cst.Call) -> dict[str, cst.BaseExpression]:
    """What each parameter of `function` stands for when `call` runs it as `inner`."""
    parameters = function.params
    names = [parameter.name.value for parameter in (*parameters.posonly_params, *parameters.params)]
    passed = [argument.value for argument in inner.args if argument.keyword is None and not argument.star]
    if isinstance(inner.func, cst.Attribute):
        passed.insert(0, inner.func.value)
    stands_for: dict[str, cst.BaseExpression] = dict(zip(names, passed, strict=False))
    for argument in inner.args:
        if argument.keyword is not None and argument.keyword.value in names:
            stands_for[argument.keyword.value] = argument.value
    stars = [star.name.value for star in (parameters.star_arg, parameters.star_kwarg) if isinstance(star, cst.Param)]
    for name in (*names, *(parameter.name.value for parameter in parameters.kwonly_params), *stars):
        stands_for.setdefault(name, cst.Name(own_name(name, _name(call.func))))
    return stands_for


def _name(function: cst.BaseExpression) -> str:
    if isinstance(function, cst.Attribute):
        return function.attr.value
    return function.value if isinstance(function, cst.Name) else ""
