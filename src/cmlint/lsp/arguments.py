"""What `cmlint lsp` can be given; its help needs nothing that the server itself needs."""

from __future__ import annotations

from cmlint.usage import Parser


def parser() -> Parser:
    """The parser of what follows `cmlint lsp`."""
    lsp = Parser("cmlint lsp", "Speak the Language Server Protocol on standard input and output. Editors start it.")
    lsp.add_argument("--stdio", action="store_true", help="the only way there is; for clients that name it")
    lsp.add_argument("--verbose", action="store_true", help="log every message to standard error")
    return lsp
