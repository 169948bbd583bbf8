"""Bytes and files: reads a Python file in its own encoding, checks that it parses, writes it back whole.

Of a notebook the text is that of its code cells, and it is written back into them (`cmlint.notebooks`).

A file is decoded as Python would (PEP 263: byte order mark, then cookie, then UTF-8) and line endings are
never translated, so that what is not edited is written back byte for byte.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import stat
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cmlint.nesting import has_deep_pattern, is_too_deep
from cmlint.problems import Problem

if TYPE_CHECKING:
    from cmlint.notebooks.notebook import Notebook

_NOTEBOOK = ".ipynb"
_READING = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class SourceError(Exception):
    """A file can't be read, decoded, parsed or written. `line` is 1-based where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file and what is needed to write it back: `bom + text.encode(encoding)`, or the notebook.

    folder: where it stands on disk; None for a text that stands alone, of which no other file is looked at.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bytes = b""
    notebook: Notebook | None = None
    folder: str | None = None

    def encode(self, text: str) -> bytes:
        """The file with `text`, in its encoding. Raises SourceError when `text` does not fit into the notebook."""
        whole = text if self.notebook is None else _written_into(self.notebook, text)
        return self.bom + whole.encode(self.encoding)

    def with_text(self, text: str) -> Source:
        """The same file with another text."""
        return replace(self, text=text)

    def problem(self, message: str, line: int) -> Problem:
        """Something that could not be done at `line` of the text."""
        if self.notebook is None:
            return Problem(self.path, message, line)
        from cmlint.notebooks import notebook as notebooks  # here and below: few runs see one

        cell = notebooks.cell_of(line, notebooks.cells_in(self.text))
        if cell is None:
            return Problem(self.path, message, line)
        return Problem(self.path, f"cell {cell.number}, line {line - cell.line + 1}: {message}")


def decode(path: str, raw: bytes) -> Source:
    """Decode a Python file or a notebook. Raises SourceError where Python itself could not decode it."""
    if path.endswith(_NOTEBOOK):
        return _decode_notebook(path, raw)
    bom = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    body = raw[len(bom) :]
    declared = _declared_encoding(raw)  # refuses a cookie that contradicts the byte order mark, as Python does
    encoding = "utf-8" if bom else declared
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise SourceError(f"not valid {encoding}: {error.reason}", line) from error
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"can't be read in the encoding that it declares, {encoding}: {error}", 1) from error
    if "\0" in text:
        raise SourceError("contains a null byte, so Python can't parse it", text.count("\n", 0, text.index("\0")) + 1)
    return Source(path, text, encoding, bom, folder=os.path.dirname(path))


def _written_into(notebook: Notebook, text: str) -> str:
    from cmlint.notebooks.notebook import NotebookError

    try:
        return notebook.with_text(text)
    except NotebookError as error:
        raise SourceError(error.message) from error


def _decode_notebook(path: str, raw: bytes) -> Source:
    """A notebook as the module that its cells make. Raises SourceError, also for a cell that is not Python."""
    from cmlint.notebooks import notebook as notebooks
    from cmlint.notebooks.notebook import NotebookError

    bom = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    try:
        notebook = notebooks.read(raw[len(bom) :].decode("utf-8"))
        notebook.text.encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise SourceError(f"is no notebook: not valid utf-8: {error.reason}") from error
    except NotebookError as error:
        raise SourceError(error.message, error.line) from error
    for cell in notebook.cells:
        try:
            check_syntax(Source(path, cell.python))
        except SourceError as error:
            at = "" if error.line is None else f", line {error.line}"
            raise SourceError(f"cell {cell.number}{at}: {error.message}") from error
    return Source(path, notebook.text, bom=bom, notebook=notebook)


def declared_encoding(text: str) -> str:
    """The encoding that a text which was decoded before says it has."""
    return _declared_encoding(text.encode())


def _declared_encoding(raw: bytes) -> str:
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    except SyntaxError as error:
        head = b"\n".join(raw.splitlines()[:2])
        if b"coding" not in head:  # the failure is a byte that is not UTF-8: decoding the whole says which
            return "utf-8"
        raise SourceError(f"{error.msg or error}", 1) from error
    return encoding


def read(path: str) -> Source:
    """Read and decode the file at `path`. Raises SourceError."""
    return decode(path, read_bytes(path))


def read_bytes(path: str) -> bytes:
    """The bytes of the file at `path`. Raises SourceError with a plain reason."""
    try:
        known = os.stat(path)  # before it is opened: that would wait for whoever writes into a pipe
        if not stat.S_ISREG(known.st_mode):
            raise SourceError("is not a regular file")
        file = os.open(path, _READING)
        try:
            return _all_of(file, known.st_size)
        finally:
            os.close(file)
    except OSError as error:
        raise SourceError(_reason(error)) from error


def _all_of(file: int, size: int) -> bytes:
    """The bytes of an open file of about `size` bytes, without what a file object asks the system for besides."""
    found = os.read(file, size + 1)
    while more := os.read(file, size + 1):
        found += more
    return found


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or str(error)).lower()


def check_syntax(source: Source) -> None:
    """Raise SourceError, with the line, when the text is not Python.

    The running interpreter is asked first because it is fast. Newer grammar than its own is not an error:
    libcst, which knows the grammar of several versions, has the last word.
    """
    import symtable

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symtable.symtable(source.text, source.path, "exec")
    except SyntaxError as error:
        if is_too_deep(source.text) or has_deep_pattern(source.text) or not _libcst_parses(source.text):
            raise SourceError(f"does not parse: {error.msg}", error.lineno) from error
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise SourceError(f"does not parse: {error or 'it is nested too deeply'}") from error


def _libcst_parses(text: str) -> bool:
    import libcst

    try:
        libcst.parse_module(text)
    except Exception:  # ParserSyntaxError, and whatever else its native parser may raise
        return False
    return True


def write(source: Source, new_text: str) -> None:
    """Replace the file by `new_text` in one step: the old file or the new one is there, never a half.

    The text goes to a file beside the target, which is then renamed over it; mode and, where permitted,
    ownership are kept and a symbolic link keeps pointing at its target. Refused with SourceError: a file that
    is read-only, that changed on disk since it was read, or that can't be written back byte for byte.
    """
    target = os.path.realpath(source.path)
    try:
        expected = source.encode(source.text)
        status = os.stat(target)
        if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
            raise SourceError("is read-only, so it was not repaired")
        with open(target, "rb") as file:
            current = file.read()
        if current != expected and decode(source.path, current).text == source.text:
            raise SourceError(f"can't be written back byte for byte in {source.encoding}, so it was left alone")
        if current != expected:
            raise SourceError("changed on disk while it was checked, so it was left alone; run cmlint again")
        put(target, source.encode(new_text), status)
    except UnicodeError as error:
        raise SourceError(f"the repair can't be written in {source.encoding}") from error
    except OSError as error:
        raise SourceError(f"could not be written: {_reason(error)}") from error


def put(target: str, data: bytes, status: os.stat_result | None) -> None:
    """Make `data` the content of `target` in one step. Raises OSError.

    The mode and the owner are those of `status`; None stands for a file that is not there yet.
    """
    import tempfile  # here and above: few files get that far

    folder, name = os.path.split(target)
    handle, beside = tempfile.mkstemp(prefix=f".{name}.", suffix=".cmlint", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if status is not None and hasattr(os, "chown"):
            # Not ours to give: then the file belongs to whoever runs cmlint, as with any editor.
            with contextlib.suppress(PermissionError):
                os.chown(beside, status.st_uid, status.st_gid)
        os.chmod(beside, _usual_mode() if status is None else stat.S_IMODE(status.st_mode))
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def _usual_mode() -> int:
    """The mode that a new file gets; the system only tells it when it is set."""
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask
