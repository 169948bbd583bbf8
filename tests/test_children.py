"""cmlint's own `children` are libcst's, less white space, on every kind of node that the standard library has."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import libcst as cst

from cmlint.flow.syntax import children

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
FILES = ("test/test_patma.py", "test/test_grammar.py", "test/test_fstring.py", "test/test_positional_only_arg.py")
BLANK = ("Whitespace", "EmptyLine", "Newline", "Comment")


def test_children_are_those_of_libcst() -> None:
    kinds: set[str] = set()
    for file in [*sorted(STANDARD_LIBRARY.glob("a*.py")), *(STANDARD_LIBRARY / name for name in FILES)]:
        if not file.exists():
            continue  # some distributions leave the test suite out
        try:
            waiting: list[cst.CSTNode] = [cst.parse_module(file.read_text("utf-8"))]
        except cst.ParserSyntaxError:
            continue  # grammar that libcst does not know yet
        while waiting:
            node = waiting.pop()
            wanted = [child for child in node.children if not type(child).__name__.endswith(BLANK)]
            assert [id(child) for child in children(node)] == [id(child) for child in wanted], type(node)
            kinds.add(type(node).__name__)
            waiting.extend(wanted)
    assert len(kinds) > 60
