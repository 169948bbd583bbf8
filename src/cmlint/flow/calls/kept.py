"""How the text of a class sets an attribute, and whether `__init__` sets it to what its caller gave: that outlives it.

`self.db = db`. May miss what is kept under another name first; never takes what `__init__` makes for something given.
"""

from __future__ import annotations

import re

from cmlint.subjects import Subject


def was_given(attribute: str, subject: Subject) -> bool:
    """Whether `__init__` stores one of its parameters, as it is, in the attribute of `self`."""
    owner = subject.definition.parent
    if owner is None:
        return False
    made = next((d for d in subject.whole.definitions if d.parent is owner and d.name == "__init__"), None)
    if made is None:
        return False
    text = "\n".join(subject.whole.lines[made.line - 1 : made.end_line])
    place = rf"^[ \t]+self\.{re.escape(attribute)}"
    stored = re.findall(rf"{place}[ \t]*(?::[^=\n]+)?=[ \t]*(\w+)[ \t]*$", text, re.MULTILINE)
    header = text[: text.find(f"self.{attribute}")] if stored else ""
    return len(stored) == 1 and re.search(rf"[(,][ \t\n]*{stored[0]}[ \t\n]*[,:=)]", header) is not None


def setting(place: str) -> re.Pattern[str]:
    """Finds where a text assigns to the place (`self.db`), alone, with a type or together with others."""
    return re.compile(rf"\b{re.escape(place)}(?:\s*:[^=\n]+|[^=\n()\[\]]*,[^=\n()\[\]]*)?\s*=(?!=)")
