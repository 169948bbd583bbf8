"""Settings: `[tool.cmlint]` of the nearest pyproject.toml, checked key by key.

An unknown key, rule code or type is an error that names the file, the key and the nearest valid name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cmlint.confidence import Confidence
from cmlint.path_patterns import FileIgnore, PatternError, expanded, file_ignore, parts_of, spec_of
from cmlint.rule_codes import NAMES

if TYPE_CHECKING:
    import pathspec


_ENTRIES = {"resources": "resource", "protocols": "protocol"}
_CODE_OF = {name: code for code, name in NAMES.items()}
_LARGEST = 10_000_000  # bytes of a file of settings; a device may have no end


def placed(path: str) -> str:
    """The absolute path, in which `..` is what the file system says, not the text."""
    return os.path.realpath(path) if os.pardir in path.split(os.sep) else os.path.abspath(path)


class ConfigError(Exception):
    """The configuration can't be used; the message names the file, the key and what would be right."""


@dataclass(frozen=True)
class Config:
    """What to check and what to report.

    select, ignore, extend_select: rule codes or prefixes of them; per_file_ignores: pattern -> codes; exclude: patterns
    of paths, as in .gitignore; root: the folder that patterns are relative to; own_knowledge: further entries of the
    knowledge base as JSON (kind -> entries, and `where` they come from), checked by `cmlint.knowledge.loader`;
    baseline: the file of the findings that are known, relative to root; noqa: whether `# noqa` counts, which no file
    can say.
    """

    select: tuple[str, ...] = ("CML",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM
    root: str = ""
    own_knowledge: str = ""
    baseline: str | None = None
    noqa: bool = True

    @property
    def baseline_file(self) -> str | None:
        """The absolute path of the baseline, if there is to be one."""
        return None if self.baseline is None else os.path.abspath(os.path.join(self.root, self.baseline))

    def reports(self, code: str, path: str) -> bool:
        """Whether findings of `code` in the file at `path` are reported. The longest prefix decides."""
        chosen = _longest(code, (*self.select, *self.extend_select))
        ignored = _longest(code, self.ignore)
        if chosen == 0 or ignored >= chosen:
            return False
        ignoring = [ignore for ignore in self._file_ignores if _longest(code, ignore.codes)]
        if not ignoring:
            return True  # most projects ignore nothing by its path, and then the path need not be looked at
        relative = self._relative(path)
        return not any(ignore.meets(relative) for ignore in ignoring)

    def excludes(self, path: str) -> bool:
        """Whether the file or folder at `path` (a folder ends in a slash) is excluded by a pattern."""
        return bool(self.exclude) and self._exclude_spec.match_file(self._relative(path))

    @cached_property
    def _exclude_spec(self) -> pathspec.GitIgnoreSpec:
        with _refusing():
            return spec_of(self.exclude)

    @cached_property
    def _file_ignores(self) -> list[FileIgnore]:
        with _refusing():
            return [file_ignore(pattern, codes) for pattern, codes in self.per_file_ignores]

    def _relative(self, path: str) -> str:
        absolute = placed(path)
        root = os.path.join(placed(self.root), "")
        inside = os.path.normcase(absolute).startswith(os.path.normcase(root))
        relative = absolute[len(root) :] if inside else absolute.lstrip("/")
        return relative + "/" if path.endswith("/") else relative


@contextmanager
def _refusing(where: str = "") -> Iterator[None]:
    """Tells of a pattern that can't be used as of a setting, with `where` in front."""
    try:
        yield
    except PatternError as error:
        raise ConfigError(f"{where}: {error}" if where else str(error)) from error


def _longest(code: str, prefixes: Collection[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


@dataclass(frozen=True)
class Reader:
    """Reads settings; `codes` are the codes of all rules, which the config can't know by itself."""

    codes: tuple[str, ...]

    def from_file(self, path: str) -> Config | None:
        """The settings in the file at `path`, None when it has no [tool.cmlint] table. Raises ConfigError."""
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib

        try:
            with open(path, "rb") as file:
                content = file.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise ConfigError(f"{path}: can't be read: it is larger than {_LARGEST // 1_000_000} MB")
            table = tomllib.loads(content.decode("utf-8")).get("tool", {})
        except FileNotFoundError:
            raise ConfigError(f"{path}: no such file") from None
        except OSError as error:
            raise ConfigError(f"{path}: can't be read: {(error.strerror or str(error)).lower()}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from error
        except ValueError:  # from the conversion of digits
            raise ConfigError(f"{path}: not valid TOML: a number in it has too many digits") from None
        except RecursionError:
            raise ConfigError(f"{path}: not valid TOML: it is nested too deeply") from None
        own = table.get("cmlint") if isinstance(table, dict) else None
        if own is None:
            return None
        if not isinstance(own, dict):
            raise ConfigError(f"{path}: tool.cmlint must be a table")
        return self.from_table(own, f"{path}: tool.cmlint", os.path.dirname(path))

    def from_table(self, table: Mapping[str, Any], where: str, root: str) -> Config:
        """The settings in a table. Raises ConfigError with `where` in front."""
        readers: dict[str, Callable[[Any, str], Any]] = {
            "select": self.code_list,
            "ignore": self.code_list,
            "extend-select": self.code_list,
            "per-file-ignores": self._ignores,
            "exclude": _strings,
            "min-confidence": _confidence,
            "baseline": _file_name,
        }
        values: dict[str, Any] = {}
        own = {_ENTRIES[key]: _tables(table[key], f"{where}: `{key}`") for key in _ENTRIES if key in table}
        if own:
            import json

            values["own_knowledge"] = json.dumps({"where": where, **own}, sort_keys=True)
        for key, value in table.items():
            if key in _ENTRIES:
                continue
            if key not in readers:
                raise ConfigError(f"{where}: unknown key `{key}`{_meant(key, [*readers, *_ENTRIES])}")
            values[key.replace("-", "_")] = readers[key](value, f"{where}: `{key}`")
        return replace(Config(root=root), **values)

    def code_list(self, value: Any, where: str) -> tuple[str, ...]:
        """A list of rule codes or prefixes of them; a rule's name stands for its code."""
        given = tuple(_CODE_OF.get(item.lower(), item.upper()) for item in _strings(value, where))
        for code in given:
            if not code or not any(known.startswith(code) for known in self.codes):
                raise ConfigError(f"{where}: unknown rule code `{code}`{self._nearest_rule(code)}")
        return given

    def _nearest_rule(self, code: str) -> str:
        by_name = nearest(code.lower(), list(_CODE_OF))
        return by_name if "-" in code and "did you mean" in by_name else nearest(code, self.codes)

    def _ignores(self, value: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            raise ConfigError(f"{where} must be a table of pattern = [codes]")
        return tuple(
            (_bounded(pattern, where), self.code_list(codes, f"{where}.{pattern}")) for pattern, codes in value.items()
        )

    def file_ignores(self, pairs: Sequence[str], where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Pairs `PATTERN:CODE` with commas between them, as the command line has them."""
        ignores = []
        for pair in filter(None, (part.strip() for given in pairs for part in parts_of(given))):
            pattern, colon, code = pair.rpartition(":")
            if not colon or not pattern.strip():
                raise ConfigError(f"{where}: `{pair}` must be PATTERN:CODE")
            ignores.append((_bounded(pattern.strip(), where), self.code_list([code.strip()], where)))
        return tuple(ignores)


def _bounded(pattern: str, where: str) -> str:
    """The same pattern. Raises ConfigError with `where` in front when it stands for too many."""
    with _refusing(where):
        expanded(pattern)
    return pattern


def _meant(key: str, known: Collection[str]) -> str:
    """What to append about an unknown key: other linters have keys that add to a list which is a whole one here."""
    plain = key.removeprefix("extend-")
    if plain != key and plain in known:
        return f"; `{plain}` is the whole list, so add to that"
    return nearest(key, known)


def nearest(name: str, known: Collection[str]) -> str:
    """A suggestion to append to a message about an unknown name, or nothing."""
    import difflib

    # Codes share their letters, so that only one with a slip in it is close to another.
    cutoff = 0.8 if any(map(str.isdigit, name)) else 0.5
    close = difflib.get_close_matches(name, known, n=1, cutoff=cutoff)
    return f"; did you mean `{close[0]}`?" if close else f"; there are {', '.join(known)}"


def _tables(value: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigError(f"{where} must be a list of tables, as in the files of src/cmlint/knowledge")
    for number, entry in enumerate(value, 1):
        for key, given in entry.items():
            _check_plain(given, f"{where} {number}: `{key}`")
    return value


def _check_plain(value: Any, where: str) -> None:
    """Raises ConfigError when `value` is nothing that JSON has, as a date, or a number that nobody can print."""
    import json

    try:
        json.dumps(value)
    except TypeError:
        raise ConfigError(f"{where} must be a string, a list of strings or a boolean, not a date or a time") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{where} must be a string, a list of strings or a boolean") from None


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where} must be a list of strings")
    return tuple(value)


def _file_name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(f"{where} must be the name of a file")
    return value


def _confidence(value: Any, where: str) -> Confidence:
    try:
        return Confidence(value)
    except ValueError:
        choices = [level.value for level in Confidence]
        given = repr(value) if isinstance(value, str) else f"a value of another type ({type(value).__name__})"
        raise ConfigError(f"{where} must be one of {', '.join(choices)}, not {given}") from None
