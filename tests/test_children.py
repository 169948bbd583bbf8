"""cmlint's own `children` are libcst's, less blanks and punctuation, on every kind of node of the standard library."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import libcst as cst

from cmlint.flow.reading.syntax import children

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
FILES = ("test/test_patma.py", "test/test_grammar.py", "test/test_fstring.py", "test/test_positional_only_arg.py")
BLANK = ("Whitespace", "EmptyLine", "Newline", "Comment")
PUNCTUATION = ("LeftParen", "RightParen", "Bracket", "Brace", "Comma", "Semicolon", "Colon", "AssignEqual")


def is_told(child: cst.CSTNode, parent: cst.CSTNode) -> bool:
    """Whether a child says more than where the parts of its parent begin and end."""
    kind = type(child).__name__
    between = isinstance(child, (cst.Dot, cst.BitOr)) and isinstance(parent, (cst.Attribute, cst.MatchOrElement))
    return not between and not kind.endswith((*BLANK, *PUNCTUATION))


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
            wanted = [child for child in node.children if is_told(child, node)]
            assert [id(child) for child in children(node)] == [id(child) for child in wanted], type(node)
            kinds.add(type(node).__name__)
            waiting.extend(wanted)
    assert len(kinds) > 60
