"""The codes of all rules, for whoever must know them without loading the rules (`tests/test_rules.py` compares)."""

CODES: tuple[str, ...] = (
    *("CML101", "CML102", "CML103", "CML104", "CML105", "CML106", "CML107", "CML108"),
    *("CML201", "CML202", "CML203", "CML204", "CML205", "CML301", "CML302"),
)
