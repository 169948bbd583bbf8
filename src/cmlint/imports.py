"""What an import statement binds, read from its text; none of the rest of the file is parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def logical_line(text: str, start: int) -> str:
    """The import statement that starts at `start`, through its brackets or backslashes."""
    end = _line_end(text, start)
    if "(" in text[start:end].partition("#")[0]:
        end = text.find(")", start) + 1 or end
    while text[start:end].rstrip("\r").endswith("\\") and end < len(text):
        end = _line_end(text, end + 1)
    return text[start:end]


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def imported(statement: str) -> Iterator[tuple[str, str]]:
    """The (name, dotted target) pairs that one import statement binds; none when it can't be read."""
    try:
        body = ast.parse(statement.replace("\r", "")).body
    except SyntaxError:
        return
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (root, root)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            prefix = module if module.endswith(".") else module + "."
            for alias in node.names:
                yield alias.asname or alias.name, prefix + alias.name
