"""The rules, in the order of their codes. A new rule is a module and a line here; nothing is found by magic."""

from cmlint.rules import orphaned_process, unreleased_resource, unrestored_state
from cmlint.rules.rule import Rule

RULES: tuple[Rule, ...] = (orphaned_process.RULE, unreleased_resource.RULE, unrestored_state.RULE)

CODES: tuple[str, ...] = tuple(rule.code for rule in RULES)
