"""How a repair calls a class of contextlib in a file, and the edit that imports it where nothing does.

Only an import that stands at the left margin is extended; where there is none, the class can't be named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cmlint.findings import Edit
from cmlint.subjects import Subject

_IMPORT = re.compile(r"(?:^|(?<=[\r\n]))from[ \t]+contextlib[ \t]+import[ \t]+(?:\([^)#]*\)|[\w, \t]+)")
_NAME = re.compile(r"\w+(?:[ \t]+as[ \t]+\w+)?")


@dataclass(frozen=True)
class Imported:
    """The name of the class in the file, and the edit that makes it one."""

    name: str
    edit: Edit | None = None


def imported(subject: Subject, name: str) -> Imported | None:
    """`contextlib.<name>` as the file of `subject` can call it; None when it can't."""
    known = {dotted: local for local, dotted in subject.visible.items()}
    if f"contextlib.{name}" in known:
        return Imported(known[f"contextlib.{name}"])
    if "contextlib" in known:
        return Imported(f"{known['contextlib']}.{name}")
    found = _IMPORT.search(subject.whole.text)
    if found is None or name in subject.visible:
        return None
    start = found.end() - len(found[0].partition("import")[2])
    names = list(_NAME.finditer(subject.whole.text, start, found.end()))
    following = next((one for one in names if one[0][:1].islower() or one[0] > name), None)
    if following is None:
        end = names[-1].end()
        return Imported(name, Edit(end, end, f", {name}"))
    # On a line of its own, where the names stand so.
    above = subject.whole.text[: following.start()]
    margin = re.split(r"[\r\n]", above)[-1]
    newline = next((end for end in ("\r\n", "\r") if above.removesuffix(margin).endswith(end)), "\n")
    between = f",{newline}{margin}" if not margin.strip() else ", "
    return Imported(name, Edit(following.start(), following.start(), f"{name}{between}"))
