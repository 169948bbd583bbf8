"""How sure it is that a careful maintainer wants outside state put back after an exception.

State beyond `self` is where maintainers agree. State on `self` is put back as well, except in objects that live for one
pass over something and are thrown away after any error: visitors, checkers, code emitters. Their class names
say so; that is a convention and no proof, so such findings are kept at low confidence.
"""

from __future__ import annotations

import re

from cmlint.findings import Confidence
from cmlint.flow.scope import Origin, Scope

_ONE_PASS = re.compile(
    r"(Visitor|Checker|Analy[sz]er|Binder|Emitter|Compiler|Translator|Transformer|Scope|Printer|Renderer|Exporter|Serializer|Builder|Lowering|Codegen"
    r"|CodeGenerator|Resolver|State)$"
)


def confidence_of(key: str, scope: Scope) -> Confidence:
    """The confidence of an obligation to put back the state of `key`."""
    if scope.origin(key) is Origin.SELF and scope.owner is not None and _ONE_PASS.search(scope.owner):
        return Confidence.LOW
    return Confidence.HIGH
