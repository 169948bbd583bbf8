"""What the names of one function are: parameters, locals, things from outside; and the keys of objects.

Flow-insensitive. A local that is bound exactly once, to a chain of attributes and subscripts, is an alias of
that chain; any other local is itself. May keep two names of one object apart; never merges two objects,
except when an alias is taken of an attribute that is rebound later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

import libcst as cst

from cmlint.flow.reading.bindings import Bindings, kept_by, placed_calls
from cmlint.flow.reading.syntax import is_none
from cmlint.flow.reading.tree import Tree
from cmlint.names import dotted_name

_LITERALS = frozenset({"None", "True", "False"})
_CONTAINERS = frozenset(
    {"list", "dict", "set", "collections.deque", "collections.defaultdict", "collections.OrderedDict"}
)
_COPYING = frozenset({"copy", "deepcopy", "clone"})
_BUILDING = re.compile(r"_*build(?=_|[A-Z])")
_LIBRARIES = frozenset({"ctypes.CDLL", "ctypes.WinDLL", "ctypes.OleDLL", "ctypes.PyDLL"})  # one for the whole process


class Origin(Enum):
    """Where the root of a key comes from."""

    PARAMETER = "parameter"
    SELF = "self"
    OUTSIDE = "outside"
    LOCAL = "local"


@dataclass(frozen=True)
class Scope:
    """The names of one function.

    visible: what names from outside mean (name -> dotted); method: whether the first parameter is `self` or `cls`;
    owner: the name of the class around it, bases: the last names of its base classes; declared: names under `global`
    and `nonlocal`; bound: every value that a name is bound to, None where it is not an expression; imported: what the
    function's own imports bind; looped: what the names that a `for` binds run over; code: a node's source text;
    written: the attributes and items that are written, as source text; placed: the calls that make what attributes
    hold, of those that are set to one thing only; kept: the attributes that locals with one value are put into, where
    two methods share the object; name: that of the function; annotations: the canonical names of what its parameters
    are annotated with; defaults: those of the functions of modules that its parameters are by default, which is what
    most callers leave them at.
    """

    visible: Mapping[str, str]
    parameters: tuple[str, ...]
    method: bool
    owner: str | None
    declared: frozenset[str]
    bound: Mapping[str, tuple[cst.BaseExpression | None, ...]]
    functions: Mapping[str, cst.FunctionDef]
    imported: Mapping[str, str]
    looped: Mapping[str, tuple[cst.BaseExpression, ...]]
    code: Callable[[cst.CSTNode], str]
    written: frozenset[str] = frozenset()
    placed: Mapping[str, cst.BaseExpression] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    annotations: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    bases: frozenset[str] = frozenset()

    def is_local(self, name: str) -> bool:
        """Whether `name` is bound in the function and is not a parameter."""
        return name in self.bound and name not in self.declared and name not in self.parameters

    def origin(self, key: str) -> Origin:
        """Where the root of `key` comes from."""
        root = _root(key)
        if root in self.parameters:
            return Origin.SELF if self.method and root == self.parameters[0] else Origin.PARAMETER
        return Origin.LOCAL if self.is_local(root) else Origin.OUTSIDE

    def outlives(self, key: str) -> bool:
        """Whether the object that `key` names lives on after the function.

        What a call returns lives on unless the call makes it: a name that begins with a capital letter is a class, the
        builtins that make containers make new ones, and so does what is called a copy. So a getter's result outlives,
        which may be wrong for a factory with a small name.
        """
        root = _root(key)
        return not self.is_local(root) or self._local_outlives(root, frozenset())

    def _local_outlives(self, name: str, following: frozenset[str]) -> bool:
        values = self.bound[name]
        if name in following:
            return False
        if name in self.looped:
            return True
        return any(self._value_outlives(value, following | {name}) for value in values)

    def _value_outlives(self, value: cst.BaseExpression | None, following: frozenset[str]) -> bool:
        while isinstance(value, (cst.Attribute, cst.Subscript, cst.Await)):
            value = value.expression if isinstance(value, cst.Await) else value.value
        if isinstance(value, cst.IfExp):
            return any(self._value_outlives(one, following) for one in (value.body, value.orelse))
        if isinstance(value, cst.BooleanOperation):
            return any(self._value_outlives(one, following) for one in (value.left, value.right))
        if isinstance(value, cst.Name):
            outside = not self.is_local(value.value) or self._local_outlives(value.value, following)
            return value.value not in _LITERALS and outside
        if not isinstance(value, cst.Call):
            return False
        made = self.dotted(value.func) or self.code(value.func)
        name = made.rpartition(".")[2]
        makes = name in _COPYING or name.lstrip("_")[:1].isupper() or _BUILDING.match(name) is not None
        return made in _LIBRARIES or not (made in _CONTAINERS or makes)

    def is_copy(self, key: str) -> bool:
        """Whether the root of `key` is a local that is bound once, to a copy of something: nobody else has it."""
        value = self.sole_value(_root(key))
        function = value.func if isinstance(value, cst.Call) else None
        return function is not None and self.code(function).rpartition(".")[2] in _COPYING

    def is_loop_variable(self, name: str) -> bool:
        """Whether some `for` of the function binds `name`."""
        return name in self.looped

    @cached_property
    def objects(self) -> Mapping[str, str]:
        """The locals that are bound once, to what a call of a plain name makes, with that name."""
        values = {name: self.sole_value(name) for name in self.bound}
        calls = {name: value.func for name, value in values.items() if isinstance(value, cst.Call)}
        return {name: made.value for name, made in calls.items() if isinstance(made, cst.Name)}

    def sole_value(self, name: str) -> cst.BaseExpression | None:
        """What a local is bound to, when it is bound exactly once and to an expression."""
        values = self.bound[name] if self.is_local(name) else ()
        return values[0] if len(values) == 1 else None

    def dotted(self, expression: cst.BaseExpression) -> str | None:
        """The canonical name of `expression`; locals and attributes stand for the one call that makes them."""
        if isinstance(expression, cst.Attribute) and isinstance(expression.value, cst.Attribute) and self.placed:
            made = self.placed.get(self.code(expression.value))
            base = None if made is None else dotted_name(made, lambda name: self._meaning(name, frozenset()))
            if base is not None:
                return f"{base}.{expression.attr.value}"
        return dotted_name(expression, lambda name: self._meaning(name, frozenset()))

    def _meaning(self, name: str, following: frozenset[str]) -> str | None:
        if name in self.imported:
            return self.imported[name]
        if name in self.parameters or name in following:
            return self.defaults.get(name)
        if not self.is_local(name):
            return self.visible.get(name, name)
        values = [value for value in self.bound[name] if not is_none(value)]
        made = {
            None if value is None else dotted_name(value, lambda inner: self._meaning(inner, following | {name}))
            for value in values
        }
        return made.pop() if len(made) == 1 else None

    def key(self, expression: cst.BaseExpression) -> str | None:
        """The key of the object that `expression` names, or None."""
        return self._key(expression, frozenset())

    def subject(self, expression: cst.BaseExpression) -> str | None:
        """What a condition asks about: a local that keeps what was at a place that is written here is not the place."""
        if isinstance(expression, cst.Name):
            saved = self.sole_value(expression.value)
            if isinstance(saved, (cst.Attribute, cst.Subscript)) and self.code(saved) in self.written:
                return expression.value
        return self.key(expression)

    def _key(self, expression: cst.BaseExpression, following: frozenset[str]) -> str | None:
        if isinstance(expression, cst.Name):
            return self._name_key(expression.value, following)
        if isinstance(expression, cst.Attribute):
            base = self._key(expression.value, following)
            return f"{base}.{expression.attr.value}" if base else None
        if isinstance(expression, cst.Subscript):
            base = self._key(expression.value, following)
            index = ", ".join(self.code(element.slice) for element in expression.slice)
            return f"{base}[{index}]" if base else None
        if isinstance(expression, cst.Call):
            item = self._set_by_default(expression, following)
            if item is not None:
                return item
            base = self._key(expression.func, following)
            arguments = ", ".join(self.code(argument.value) for argument in expression.args)
            return f"{base}({arguments})" if base else None
        if isinstance(expression, cst.Await):
            return self._key(expression.expression, following)
        return None

    def _set_by_default(self, call: cst.Call, following: frozenset[str]) -> str | None:
        """`d[key]` for `d.setdefault(key, [])`, which gives the item of the mapping."""
        function = call.func
        if not isinstance(function, cst.Attribute) or function.attr.value != "setdefault" or len(call.args) != 2:
            return None
        base = self._key(function.value, following)
        return f"{base}[{self.code(call.args[0].value)}]" if base else None

    def _name_key(self, name: str, following: frozenset[str]) -> str:
        if name in self.imported:
            return self.imported[name]
        if name not in self.parameters and not self.is_local(name):
            target = self.visible.get(name, name)
            return name if target.startswith(".") else target
        if name in self.kept:
            return self.kept[name]
        alias = None if name in following else self.sole_value(name)
        if isinstance(alias, (cst.Attribute, cst.Subscript)):
            return self._key(alias, following | {name}) or name
        return name


def _root(key: str) -> str:
    return key.replace("(", ".").replace("[", ".").partition(".")[0]


def scope_of(tree: Tree, visible: Mapping[str, str], owner: str | None, bases: frozenset[str] = frozenset()) -> Scope:
    """The scope of the function in `tree`; `visible` is what the names around it mean, `owner` the class around it.

    `bases` are the last names of the base classes of `owner`.
    """
    parameters = tree.function.params
    listed = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
    stars = [star for star in (parameters.star_arg, parameters.star_kwarg) if isinstance(star, cst.Param)]
    names = tuple(parameter.name.value for parameter in [*listed, *stars])
    static = any(tree.code(decorator.decorator) == "staticmethod" for decorator in tree.function.decorators)
    collected = Bindings()
    collected.visit(tree.function.body)
    return Scope(
        visible=visible,
        parameters=names,
        method=owner is not None and not static and bool(names),
        owner=owner,
        declared=frozenset(collected.declared),
        bound={name: tuple(values) for name, values in collected.bound.items()},
        functions=collected.functions,
        imported=collected.imported,
        looped={name: tuple(values) for name, values in collected.looped.items()},
        code=tree.code,
        written=frozenset(map(tree.code, collected.written)),
        placed=placed_calls(collected, tree.code),
        kept=kept_by(tree.function.name.value, collected, tree.code),
        name=tree.function.name.value,
        annotations=frozenset(_annotations(listed, visible)),
        defaults=dict(_defaults(listed, visible)),
        bases=bases,
    )


def _defaults(parameters: Iterable[cst.Param], visible: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The parameters that are by default a function of a module, and its canonical name."""
    for parameter in parameters:
        if isinstance(parameter.default, cst.Attribute):
            found = dotted_name(parameter.default, visible.get)
            if found is not None and not found.startswith("."):
                yield parameter.name.value, found


def _annotations(parameters: Iterable[cst.Param], visible: Mapping[str, str]) -> Iterator[str]:
    """The canonical names of what the parameters are annotated with, where that is a name."""
    for parameter in parameters:
        if parameter.annotation is not None:
            found = dotted_name(parameter.annotation.annotation, lambda name: visible.get(name, name))
            if found is not None:
                yield found


def merged(one: Scope, other: Scope) -> Scope:
    """The names of two methods that share an object, `one` first: what both bind has the values of both."""
    names = [*one.bound, *(name for name in other.bound if name not in one.bound)]
    return replace(
        one,
        parameters=tuple(dict.fromkeys((*one.parameters, *other.parameters))),
        declared=one.declared | other.declared,
        bound={name: (*one.bound.get(name, ()), *other.bound.get(name, ())) for name in names},
        functions={**other.functions, **one.functions},
        imported={**other.imported, **one.imported},
        looped={**other.looped, **one.looped},
        written=one.written | other.written,
        placed={**other.placed, **one.placed},
        kept={name: place for name, place in one.kept.items() if name not in other.bound},
    )
