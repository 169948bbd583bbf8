"""The parts of an emitted test that depend on the manager: how it is entered, what fails, what its code needs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from typing import Any

from cmlint.replay.order import Order

PROMISES = {
    **dict.fromkeys(
        ("CML101", "CML102", "CML103", "CML106"), "releases what it holds, also when the body of its `with` raises"
    ),
    "CML104": "releases what it holds, also when a later step of its setup fails",
    "CML105": "releases what it holds, also when an earlier step of its clean-up fails",
}

_NOTES = '''\
class Notes:
    """What was done, as text."""

    def __init__(self, texts):
        self.texts = texts

    def add(self, text):
        self.texts.append(text)'''

_FAILING_NOTES = '''\
class Notes:
    """What was done, as text; `fails` is the step that fails, and what is noted begins anew with it."""

    def __init__(self, texts, fails):
        self.texts = texts
        self.fails = fails

    def add(self, text):
        if text == self.fails:
            self.texts.clear()
            raise StepFailed
        self.texts.append(text)'''

FAKE_ASYNC = """
    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *error):
        self.__exit__()

    def __await__(self):
        self.fake_notes.add(f"await {self!r}")
        return self
        yield

    async def __aiter__(self):
        for item in self:
            yield item
"""

_GLOBAL = """\
    for node in ast.walk(found):
        if isinstance(node, ast.Nonlocal):  # the function stands alone here
            node.__class__ = ast.Global
"""

_HANDLERS = """\
    for node in ast.walk(found):
        if isinstance(node, ast.ExceptHandler) and node.type and ast.unparse(node.type) in FOREIGN:
            node.type = ast.copy_location(ast.Tuple([], ast.Load()), node.type)
"""
_BASES = """\
    found.bases, found.keywords = [], []
"""


def pieces(order: Order, answer: Mapping[str, Any], losing: Mapping[str, Any]) -> dict[str, str]:
    """The values of the template's placeholders; `losing`: the run that loses something."""
    node = _definition(order)
    fails = order.step is not None
    step = losing["failed"] if fails else None
    settings = [f"ANSWERS = {quoted(answer['given'])}  # what conditions on fakes come to; else what is easiest"]
    settings.append(f"LENGTHS = {quoted(answer['unpacked'])}  # how many items a fake has; else 1")
    foreign = sorted(_foreign(node))
    if foreign:
        settings.append(f"FOREIGN = {quoted(foreign)}  # exceptions of other modules, which no fake raises")
    if fails:
        settings.append(f"FAILS_AT = {quoted(step)}")
    restored = bool(_stored_globals(node))
    real, make = _real(order, node), "\n".join(_make(order, node))
    return {
        "settings": "\n".join(settings),
        "import_asyncio": "import asyncio\n" if order.is_async else "",
        "import_contextlib": "import contextlib\n" if "contextlib." in real + make else "",
        "error": "StepFailed" if fails else "BodyFailed",
        "error_base": "Exception" if losing["fault"] == "Exception" else "BaseException",
        "error_words": "What the failing step raises." if fails else "What the body of the `with` raises.",
        "when": "a_step_fails" if fails else "the_body_raises",
        "run_raising": _call("run(notes, FAILS_AT)" if fails else "run(notes, BodyFailed())", order),
        "run_quiet": _call("run(notes)", order),
        "run": "\n".join(_run(order, fails=fails, restored=restored)),
        "notes_class": _FAILING_NOTES if fails else _NOTES,
        "real": real,
        "make": make,
        "adapt": "".join(_adapted(node)),
    }


def _definition(order: Order) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef:
    indented = order.text[:1] in (" ", "\t", "\f")
    tree = ast.parse(f"if True:\n{order.text}" if indented else order.text)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return next(each for each in ast.walk(tree) if isinstance(each, kinds))


def _adapted(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        yield _BASES
    if any(isinstance(each, ast.Nonlocal) for each in ast.walk(node)):
        yield _GLOBAL
    if _foreign(node):
        yield _HANDLERS


def _foreign(node: ast.AST) -> set[str]:
    """What stands behind `except` and is not made of builtins."""
    handlers = [each for each in ast.walk(node) if isinstance(each, ast.ExceptHandler)]
    return {ast.unparse(each.type) for each in handlers if each.type is not None and not _is_builtin(each.type)}


def quoted(value: object) -> str:
    """A literal with double quotes, where that needs no escapes."""
    text = repr(value)
    return text.replace("'", '"') if '"' not in text and "\\" not in text else text


def _is_builtin(kinds: ast.expr) -> bool:
    names = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    return all(isinstance(name, ast.Name) and hasattr(builtins, name.id) for name in names)


def _stored_globals(node: ast.AST) -> set[str]:
    outer = (ast.Global, ast.Nonlocal)
    return {name for each in ast.walk(node) if isinstance(each, outer) for name in each.names}


def _call(call: str, order: Order) -> str:
    return f"asyncio.run({call})" if order.is_async else call


def _run(order: Order, *, fails: bool, restored: bool) -> Iterator[str]:
    wait = "async " if order.is_async else ""
    argument = "fails=None" if fails else "error=None"
    began = "what was done after the step failed" if fails else "what was done after the body began"
    yield f"{wait}def run(notes, {argument}):"
    yield f'    """Enter and leave the manager; `notes` then holds {began}."""'
    yield f"    made, {'names' if restored else '_'} = manager(Notes(notes{', fails' if fails else ''}))"
    indent = "    "
    if restored:
        yield "    before = dict(names)"
        yield "    try:"
        indent = "        "
    yield f"{indent}{wait}with made:"
    yield f"{indent}    notes.clear()"
    if restored:
        yield f"{indent}    before.update(names)"
    if not fails:
        yield f"{indent}    if error is not None:"
        yield f"{indent}        raise error"
    if restored:
        yield "    finally:"
        yield "        changed = (name for name, value in names.items() if value is not before.get(name))"
        yield '        notes.extend(f"{name} = {names[name]!r}" for name in changed)'


def _real(order: Order, node: ast.AST) -> str:
    """The names of contextlib that the code uses are real."""
    used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    lines = []
    for name, meaning in sorted(order.meanings.items()):
        if name in used and (meaning == "contextlib" or meaning.startswith("contextlib.")):
            lines.append(f"    names[{quoted(name)}] = {meaning}\n")
    return "".join(lines)


def _make(order: Order, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        yield f"    made = names[{quoted(node.name)}]"
        yield ""
        yield "    def lacking(self, name):  # is a fake"
        yield '        object.__setattr__(self, name, fake(f"self.{name}", world))'
        yield "        return vars(self)[name]"
        yield ""
        yield "    made.__getattr__ = lacking"
        yield "    return made.__new__(made), names"
        return
    decorator = "asynccontextmanager" if order.is_async else "contextmanager"
    given = node.args
    plain = [parameter.arg for parameter in (*given.posonlyargs, *given.args)]
    arguments = [f"fake({quoted(name)}, world)" for name in plain]
    arguments += [f"{parameter.arg}=fake({quoted(parameter.arg)}, world)" for parameter in given.kwonlyargs]
    if given.vararg is not None:
        arguments.insert(len(plain), f'fake("{given.vararg.arg}[0]", world)')
    if given.kwarg is not None:
        arguments.append('option=fake("option", world)')
    yield f"    function = contextlib.{decorator}(names[{quoted(node.name)}])"
    line = f"    return function({', '.join(arguments)}), names"
    if len(line) <= 120:
        yield line
        return
    yield "    return function("
    yield from (f"        {argument}," for argument in arguments)
    yield "    ), names"
