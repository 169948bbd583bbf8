"""The outline agrees with the interpreter's own parser on the standard library, and survives odd layouts."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from cmlint.outline import Outline
from cmlint.outlining import outline

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def parsed(text: str) -> list[tuple[str, int, int]]:
    """(qualified name, line of the def, line of the first decorator), by the interpreter's parser."""
    found: list[tuple[str, int, int]] = []

    def walk(node: ast.AST, parents: list[str]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                found.append((".".join([*parents, child.name]), child.lineno, first))
                walk(child, [*parents, child.name])
            else:
                walk(child, parents)

    walk(ast.parse(text), [])
    return sorted(found, key=lambda item: item[1])


def seen(whole: Outline) -> list[tuple[str, int, int]]:
    return [(d.qualname, d.line, d.first_line) for d in whole.definitions]


def test_the_definitions_of_the_standard_library_are_found() -> None:
    wrong, total = 0, 0
    for file in sorted(STANDARD_LIBRARY.glob("*.py")) + sorted(STANDARD_LIBRARY.glob("asyncio/*.py")):
        text = file.read_text("utf-8")
        expected = parsed(text)
        total += len(expected)
        wrong += len(set(expected) ^ set(seen(outline(text))))
    assert total > 5000
    assert wrong == 0


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    '''\n    def no(): pass\n    '''\n    def yes(self):\n        pass\n",
        "def f(\n    a,\n):\n    x = '''\ny\n'''\n    def g():\n        pass\n    return g\n",
        "x = 'it''s # no \"\"\"'\ndef f(): pass\n",
        "if 1:\n\tdef f():\n\t\tpass\nclass B: pass\n",
        "@a.b(\n    1,\n)\n# comment\n@c\nasync def f():\n    pass\n",
        "def f(): pass\r\n\r\nclass A:\r\n    def g(self):\r\n        pass\r\n",
        "x = (a\n    @b)\ndef f(): pass\n",
        "\f\nclass A:\n\f\n    def g(self): pass\n",
    ],
)
def test_odd_layouts(text: str) -> None:
    assert seen(outline(text)) == parsed(text)


def test_names_are_followed_through_imports_and_aliases() -> None:
    whole = outline(
        "import multiprocessing as mp, os.path\n"
        "from contextlib import (\n    contextmanager as cm,  # why\n    suppress,\n)\n"
        "from . import sibling\nfrom ..up import thing\n"
        "Proc = mp.Process\n"
        "try:\n    from fast import loads\nexcept ImportError:\n    from slow import loads\n"
        "def outer():\n    import json\n    def inner(): pass\n"
        "class C:\n    import hidden\n    def method(self): pass\n"
    )
    by_name = {definition.name: definition for definition in whole.definitions}
    names = whole.visible(by_name["inner"])
    expected = {
        "mp": "multiprocessing",
        "os": "os",
        "cm": "contextlib.contextmanager",
        "suppress": "contextlib.suppress",
        "sibling": ".sibling",
        "thing": "..up.thing",
        "Proc": "multiprocessing.Process",
        "loads": "fast.loads",
        "json": "json",
        "outer": ".outer",
    }
    assert {name: names.get(name) for name in expected} == expected
    assert "hidden" not in whole.visible(by_name["method"])
    assert "json" not in whole.visible(by_name["outer"])
