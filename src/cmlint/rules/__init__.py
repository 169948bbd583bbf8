"""The rules, in the order of their codes. A new rule is a module and a line here; nothing is found by magic."""

from cmlint.rules import (
    broken_cleanup_chain,
    incomplete_manager,
    manager_not_entered,
    may_not_yield,
    may_yield_again,
    narrow_cleanup,
    never_released,
    not_a_manager,
    orphaned_process,
    swallowed_exception,
    truthy_exit,
    unprotected_setup,
    unreleased_resource,
    unrestored_state,
    waits_forever,
)
from cmlint.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    orphaned_process.RULE,
    unreleased_resource.RULE,
    unrestored_state.RULE,
    unprotected_setup.RULE,
    broken_cleanup_chain.RULE,
    narrow_cleanup.RULE,
    never_released.RULE,
    waits_forever.RULE,
    may_not_yield.RULE,
    may_yield_again.RULE,
    swallowed_exception.RULE,
    not_a_manager.RULE,
    manager_not_entered.RULE,
    truthy_exit.RULE,
    incomplete_manager.RULE,
)

CODES: tuple[str, ...] = tuple(rule.code for rule in RULES)
