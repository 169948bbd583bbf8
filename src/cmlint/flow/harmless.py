"""What may be lost by a fault of the manager itself without harm to anybody.

A fault in the setup or in the clean-up is rare, so only a real loss is worth a warning: not a reference that is
forgotten, not a local file object, which dies with the frame, nor what has a finalizer, nor what the body would have
made.
"""

from __future__ import annotations

from cmlint.flow.events import Call, Delete, Form, Store
from cmlint.flow.obligation import Obligation
from cmlint.flow.scope import Origin, Scope

_FINALIZED = frozenset({"tempfile.TemporaryDirectory", "contextlib.ExitStack", "contextlib.AsyncExitStack"})


def is_harmless(obligation: Obligation, scope: Scope) -> bool:
    """Whether nobody misses what the obligation is about."""
    if (
        obligation.by_body
        or obligation.origin == "removal"
        or _forgets(obligation)
        or _counts_itself(obligation, scope)
    ):
        return True
    made = [site.event for site in obligation.acquires if isinstance(site.event, Call)]
    if any(event.dotted in _FINALIZED for event in made):
        return True
    local = obligation.object.isidentifier() and scope.is_local(obligation.object)
    return local and obligation.kind == "file" and all(event.dotted == "open" for event in made)


def _counts_itself(obligation: Obligation, scope: Scope) -> bool:
    """Whether it is a counter of the manager's own object."""
    counts = all(isinstance(site.event, Store) and site.event.operator for site in obligation.acquires)
    return bool(obligation.acquires) and counts and scope.origin(obligation.object) is Origin.SELF


def _forgets(obligation: Obligation) -> bool:
    """Whether an attribute is set to something new before and forgotten after."""
    forgotten = all(
        isinstance(site.event, Delete) or (isinstance(site.event, Store) and site.event.value.form is Form.NONE)
        for site in obligation.releases
    )
    fresh = all(isinstance(site.event, Store) and site.event.value.form is Form.CALL for site in obligation.acquires)
    return forgotten and fresh
