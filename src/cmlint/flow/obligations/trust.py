"""How sure it is that a careful maintainer wants outside state put back after an exception.

State beyond `self` is where maintainers agree, and a part of `self` that has state of its own (`self.logger.disabled`)
is beyond it, as is what a class holds (`cls.active`). State on `self` is put back as well, except in objects that live
for one pass over something and are thrown away after any error: visitors, checkers, code emitters. Their class names
say so; that is a convention and no proof, so such findings are kept at low confidence. A `...State` is only one of
them when it is the state of a pass. A call that shifts an indentation by so much is an instruction to what is written.
The same holds for how far the work came, which a report of the failure reads, and for the pieces of what is being made,
which is not made any further. May doubt a place of such a name that outlives the failure.
"""

from __future__ import annotations

import re

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Origin, Scope

_ONE_PASS = re.compile(
    r"(Visitor|Checker|Analy[sz]er|Binder|Emitter|Compiler|Translator|Transformer|Scope|Printer|Renderer|Exporter|Serializer|Builder|Lowering|Codegen"
    r"|CodeGenerator|Resolver|Tokenizer|Lexer|Scanner|Formatter|Unparser|Decompiler|Disassembler|(Setup|Pars(e|er|ing)|Build|Compile|Compiler|Codegen|Render|Visit)State)$"
)
_VISITING = re.compile(r"(Visitor|Transformer)$")  # of base classes: a visitor is one under any name
_PROGRESS = frozenset({"progress", "progresses", "percent", "percentage", "percentages"})
_SHOWN = frozenset({"bar", "bars"})  # a progress bar is switched off and on
_PIECES = ("body", "code", "lines", "instructions", "statements", "stmts", "parts", "output")
_PART_OF_A_PART = re.compile(r"\w+\.\w+\.\w+$")


def is_one_pass(name: str, scope: Scope) -> bool:
    """Whether `name` is an object that lives for one pass: it runs over some, or is made here and is called so.

    `open` and `close` tell a checker where the pass is; `begin` and `end` tell a builder what it is to write.
    """
    words = name.strip("_").split("_")
    made = scope.sole_value(name)
    called = scope.code(made.func) if isinstance(made, cst.Call) else "".join(map(str.capitalize, words))
    here = made is not None or scope.is_loop_variable(name)
    return here and _ONE_PASS.search(called) is not None


def is_indentation(name: str) -> bool:
    """Whether a call by this name says how far something is indented: `add_indent(4)`, `add_indent(-4)`."""
    return any(word.startswith(("indent", "dedent")) for word in words_of(name.rpartition(".")[2]))


def tells_progress(place: str) -> bool:
    """Whether a place holds how far the work came."""
    words = words_of(place.rpartition(".")[2].replace("in_progress", ""))  # which says that something goes on
    return not _PROGRESS.isdisjoint(words) and _SHOWN.isdisjoint(words)


def is_put_together(container: str) -> bool:
    """Whether a list holds the pieces of something that is being made: `function.body`, `self.lines`."""
    return container.rpartition(".")[2].strip("_") in _PIECES


def is_kept_for_one_pass(key: str, scope: Scope) -> bool:
    """Whether `key` is state of an object whose class is named like one that lives for one pass: its own, or given."""
    if scope.origin(key) is Origin.PARAMETER:
        named = words_of(key.partition(".")[0])[-1:]
        return any(_ONE_PASS.search(each) and words_of(each)[-1:] == named for each in scope.annotations)
    own = scope.origin(key) is Origin.SELF and not key.startswith("cls.") and not _PART_OF_A_PART.match(key)
    return own and any(_ONE_PASS.search(name) for name in (scope.owner or "", *filter(_VISITING.search, scope.bases)))


def confidence_of(key: str, scope: Scope) -> Confidence:
    """The confidence of an obligation to put back the state of `key`."""
    return Confidence.LOW if is_kept_for_one_pass(key, scope) else Confidence.HIGH
