"""The places and texts of nodes are those that libcst tells, one by one."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from cmlint.flow.reading.layout import Layout, Texts

_ODD = '''\
@(  wrapped )  # about it
def f(a, /, b: "int" = (1), *c, d=2, **e) -> None :
\tx = [ y for y in (c) if y ]; del x [0]

\t# a comment
\tif (a := b) and not(c) : return
\tasync_ = lambda q: (yield q)  ; assert f"{a!r:>{b}} {c}", """
  text
"""
\tmatch a:
\t\tcase [1, *rest] | {"k": v} if (v): pass
\twith (open(a) as b, c): raise E from(a)
\ttry: pass
\texcept (A, B) as error: pass
\tfinally:
\t\tx = a if b else \\
\t\t\tc
'''
_STANDING_ALONE = (cst.BaseExpression, cst.BaseSmallStatement, cst.BaseStatement, cst.BaseSuite, cst.MatchPattern)


def _all(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [node, *(inner for child in node.children for inner in _all(child))]


def _library(name: str) -> str:
    return (Path(sysconfig.get_path("stdlib")) / name).read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [_ODD, _ODD.rstrip("\n"), _ODD.replace("\n", "\r\n"), _ODD.replace("\n", "\r"), _library("contextlib.py")],
    ids=["odd", "cut", "windows", "old", "contextlib"],
)
def test_places_and_texts_are_those_of_libcst(text: str) -> None:
    wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    module, positions = wrapper.module, wrapper.resolve(PositionProvider)
    layout, texts = Layout(module, module.default_indent, module.default_newline), Texts()
    texts.add(layout)
    for node in _all(module):
        if node in positions:
            where = positions[node]
            expected = (where.start.line, where.start.column + 1, where.end.line, where.end.column + 1)
            assert layout.place(node) == expected, node
            if isinstance(node, _STANDING_ALONE):
                assert texts.code(node) == " ".join(module.code_for_node(node).split())


def test_the_text_of_a_node_of_no_tree_is_generated() -> None:
    assert Texts().code(cst.parse_expression("f( a,\n b )")) == "f( a, b )"
