"""The codes and names of all rules, without loading the rules (`tests/test_rules.py` compares)."""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "CML101": "orphaned-process",
    "CML102": "unreleased-resource",
    "CML103": "unrestored-state",
    "CML104": "unprotected-setup",
    "CML105": "broken-cleanup-chain",
    "CML106": "narrow-cleanup",
    "CML107": "never-released",
    "CML108": "waits-forever",
    "CML201": "may-not-yield",
    "CML202": "may-yield-again",
    "CML203": "swallowed-exception",
    "CML204": "not-a-manager",
    "CML205": "manager-not-entered",
    "CML301": "truthy-exit",
    "CML302": "incomplete-manager",
}
CODES: tuple[str, ...] = tuple(NAMES)
ONLY_LOW = frozenset({"CML108", "CML202"})  # whatever they find is of low confidence
