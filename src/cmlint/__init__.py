"""cmlint finds context managers that lose what they acquired when the body of the `with` raises, and repairs them.

The public API: `check_source` is pure, `check_file` reads one file, `check_paths` finds and reads many.
"""

from cmlint.checker import check_file, check_source
from cmlint.config import Config, ConfigError, Finder, Reader
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
