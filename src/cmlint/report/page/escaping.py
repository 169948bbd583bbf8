"""Text of others as HTML: nothing in it is markup, and nothing in it is invisible.

Control characters, bidirectional overrides, zero-width characters and lone surrogates would hide or reorder code
(and file names) in a browser. They are shown by their number.
"""

from __future__ import annotations

import re
from html import escape

_CODE = re.compile(r"`([^`]+)`")


def visible(text: str) -> str:
    """`text` as the content of an element."""
    if text.isprintable():
        return escape(text, quote=False)
    return "".join(_character(character) for character in text)


def attribute(text: str) -> str:
    """`text` between the double quotes of an attribute, where there is no room for more than text."""
    return escape("".join(c if c.isprintable() else _name(c) for c in text))


def prose(text: str) -> str:
    """A sentence of ours, with what stands in backticks as code."""
    parts = _CODE.split(text)
    return "".join(f"<code>{visible(p)}</code>" if i % 2 else visible(p) for i, p in enumerate(parts))


def _character(character: str) -> str:
    if character == "\t" or character.isprintable():
        return escape(character, quote=False)
    return f'<span class="ctl">{_name(character)}</span>'


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"
