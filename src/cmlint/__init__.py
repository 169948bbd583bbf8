"""cmlint finds context managers that lose what they acquired when the body of the `with` raises, and repairs them.

The public API: `check_source` is pure, `check_file` reads one file, `check_paths` finds and reads many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmlint.checker import check_file, check_source
    from cmlint.config import Config, ConfigError, Reader
    from cmlint.config_lookup import Finder
    from cmlint.findings import (
        Applicability,
        Certificate,
        Confidence,
        Edit,
        Finding,
        Fix,
        Problem,
        Role,
        Span,
        Step,
        apply_edits,
    )
    from cmlint.repair import Repaired, repair_source
    from cmlint.results import Result
    from cmlint.running.paths import check_paths
    from cmlint.source import Source, SourceError

__all__ = [
    "Applicability",
    "Certificate",
    "Confidence",
    "Config",
    "ConfigError",
    "Edit",
    "Finder",
    "Finding",
    "Fix",
    "Problem",
    "Reader",
    "Repaired",
    "Result",
    "Role",
    "Source",
    "SourceError",
    "Span",
    "Step",
    "apply_edits",
    "check_file",
    "check_paths",
    "check_source",
    "repair_source",
]
_HOMES = {
    "Applicability": "cmlint.findings",
    "Certificate": "cmlint.findings",
    "Confidence": "cmlint.confidence",
    "Config": "cmlint.config",
    "ConfigError": "cmlint.config",
    "Edit": "cmlint.findings",
    "Finder": "cmlint.config_lookup",
    "Finding": "cmlint.findings",
    "Fix": "cmlint.findings",
    "Problem": "cmlint.problems",
    "Reader": "cmlint.config",
    "Repaired": "cmlint.repair",
    "Result": "cmlint.results",
    "Role": "cmlint.findings",
    "Source": "cmlint.source",
    "SourceError": "cmlint.source",
    "Span": "cmlint.findings",
    "Step": "cmlint.findings",
    "apply_edits": "cmlint.findings",
    "check_file": "cmlint.checker",
    "check_paths": "cmlint.running.paths",
    "check_source": "cmlint.checker",
    "repair_source": "cmlint.repair",
}


def __getattr__(name: str) -> object:
    """Each name from its home when it is asked for: the command line needs few of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cmlint' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
