"""docs/architecture.md names every module, and its picture has the floors that `lint-imports` checks."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "src" / "cmlint"
TEXT = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
_PICTURE = TEXT.partition("src/cmlint/\n")[2].partition("tests/")[0]


def _in_tables() -> set[str]:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    return set(re.findall(r"[a-z0-9_]+", " ".join([*rows, _PICTURE])))


def test_every_module_is_named_in_the_picture_or_in_a_table() -> None:
    named = _in_tables()
    missing = [
        str(module.relative_to(PACKAGE))
        for module in sorted(PACKAGE.rglob("*.py"))
        if module.stem not in named | {"__init__", "__main__"}
        and not module.read_text("utf-8").startswith('"""# CML')  # a rule is told by its page
    ]
    assert missing == []


def test_every_module_that_the_picture_names_exists() -> None:
    for name in re.findall(r"\b\w+\.py\b", _PICTURE):
        assert any(PACKAGE.rglob(name)), name


def _floors_of(picture: str) -> list[set[str]]:
    """The names of each floor of a picture, the lowest first."""
    floors: dict[int, set[str]] = {}
    number = -1
    for line in picture.splitlines():
        floor = re.match(r"([ \d]{3})  (\w.*)", line)
        if floor is None:
            continue  # a module inside a folder
        number = int(floor[1]) if floor[1].strip() else number
        names = floor[2].partition("   ")[0]
        floors.setdefault(number, set()).update(re.findall(r"(\w+)(?:\.py\b|/)", names))
    assert list(floors) == list(reversed(range(len(floors))))
    return list(floors.values())


def _layers_of(contract: str) -> list[set[str]]:
    contracts = configparser.ConfigParser()
    contracts.read(PROJECT / ".importlinter", "utf-8")
    layers = contracts[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [{name.strip().removeprefix("cmlint.") for name in layer.split("|")} for layer in layers if layer]


def test_the_floors_of_the_picture_are_the_layers_of_the_imports() -> None:
    assert _floors_of(_PICTURE) == _layers_of("floors")


def _picture_of(folder: str) -> str:
    return TEXT.partition(f"Inside `{folder}/`")[2].partition("```\n")[2].partition("```")[0]


def test_the_floors_of_the_analysis_and_of_the_repair_are_the_layers_of_their_imports() -> None:
    for folder in ("flow", "fix"):
        assert _floors_of(_picture_of(folder)) == _layers_of(folder)
