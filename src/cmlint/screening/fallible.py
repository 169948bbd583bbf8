"""Whether a step of a setup or of a clean-up can fail in operation, or run something of the same file that can.

See `flow.failing.fallible` and `flow.failing.deeper`. Approximates from above: what fails there may fail here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from cmlint.screening.bound import Bound, chain_of, is_chain
from cmlint.screening.failing import may_fail_anyhow, verbs_of
from cmlint.screening.outside import may_wait_in_vain
from cmlint.screening.sketch import Doing
from cmlint.screening.surroundings import Helper, Surroundings


def may_fail_in_setup(doing: Doing, bound: Bound, around: Surroundings, *, risky: bool) -> bool:
    """Whether a step of a setup can fail in operation, or run something of the same file that can.

    risky: the function names a module with functions that can fail, so what it binds may have any of its names.
    """
    return _may_fail(doing, bound, around, risky=risky) or _runs_what(_setup_fails_in, doing, around)


def _may_fail(doing: Doing, bound: Bound, around: Surroundings, *, risky: bool) -> bool:
    """Whether a step of a setup can fail in itself."""
    node = doing.node
    if isinstance(node, (ast.Raise, ast.Import)) or may_fail_anyhow(doing, bound):
        return True
    if not isinstance(node, ast.Call):
        return False
    names = chain_of(node.func)
    if risky and not (is_chain(node.func) and bound.attributes.isdisjoint(names) and names[0] not in bound.names):
        return True
    if not verbs_of(names[-1]).isdisjoint(around.failing) or not around.failing.isdisjoint(names):
        return True
    return _may_refuse(node, doing, bound, around) or around.outside.may_begin_in_turn(doing, bound)


def _may_refuse(call: ast.Call, doing: Doing, bound: Bound, around: Surroundings) -> bool:
    """Whether a step talks to something outside the program, or waits for something in vain."""
    outside = around.outside
    return may_wait_in_vain(call) or outside.may_be_asked(doing, bound) or outside.may_be_given(doing, bound)


def _runs_what(question: Callable[[Helper], bool], doing: Doing, around: Surroundings) -> bool:
    """Whether a step may run a function of the file for which `question` is answered with yes."""
    name = around.run_by(chain_of(doing.node.func)[-1]) if isinstance(doing.node, ast.Call) else None
    return name is not None and around.of_helper(name, question)


def may_fail_in_cleanup(doing: Doing, bound: Bound, around: Surroundings, *, inside: bool = False) -> bool:
    """The same for a step of a clean-up, where fewer things are taken to fail (see `flow.failing.fallible`)."""
    node = doing.node
    if isinstance(node, (ast.Raise, ast.Assert)) or may_fail_anyhow(doing, bound):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = chain_of(node.func)[-1]
    if not verbs_of(name).isdisjoint(around.failing_as_cleanup) or around.is_remote(name):
        return True
    if _may_refuse(node, doing, bound, around) or around.outside.may_end_in_turn(doing, bound):
        return True
    if name == "wait" and (node.args or node.keywords):
        return True  # for a limited time
    helper = None if inside else around.helper_of(node)
    return helper is not None and around.of_helper(helper, _cleanup_fails_in)


def _setup_fails_in(helper: Helper) -> bool:
    return any(fails_in_setup(helper, doing) for doing in helper.steps)


def _fails_below(helper: Helper) -> bool:
    return any(_fails_itself(helper, doing) for doing in helper.steps)


def _cleanup_fails_in(helper: Helper) -> bool:
    return any(fails_in_cleanup(helper, doing) for doing in helper.steps)


def fails_in_setup(helper: Helper, doing: Doing) -> bool:
    """Whether a step of a helper can fail where it is called by a setup, or what that runs in turn."""
    return _fails_itself(helper, doing) or _runs_what(_fails_below, doing, helper.around)


def fails_in_cleanup(helper: Helper, doing: Doing) -> bool:
    """Whether a step of a helper can fail where it is called by a clean-up."""
    return may_fail_in_cleanup(doing, helper.bound, helper.around, inside=True)


def _fails_itself(helper: Helper, doing: Doing) -> bool:
    """The same where another helper calls it: the analysis looks no further."""
    first = chain_of(doing.node.func)[:1] if isinstance(doing.node, ast.Call) else []
    handed = helper.risky and not helper.bound.handed.isdisjoint(first)
    return handed or _may_fail(doing, helper.bound, helper.around, risky=helper.risky)
