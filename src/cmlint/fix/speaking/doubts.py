"""What makes a repair unsafe, in words: doubts of its steps, the certificate's caveat, losses of low confidence."""

from __future__ import annotations

from collections.abc import Sequence

from cmlint.findings import Certificate, Confidence, listed
from cmlint.fix.moving.wanted import is_wanted_by_name
from cmlint.fix.places.rewrite import Rewrite
from cmlint.fix.speaking.by_evidence import doubts_by_evidence
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import words_of

_UNSURE = {
    "apparent": "it only sounds like clean-up, and nothing that it undoes is acquired here",
    "caretaker": "the caller acquires it, and may want to keep it after an exception",
}
_WORK = frozenset({"commit", "export", "process", "publish", "push", "save", "store", "submit", "upload", "write"})
_BY_NAME = "it may belong to success, as far as names say"


def doubts_of(steps: Sequence[Rewrite], certificate: Certificate, lost: Sequence[Obligation]) -> list[str]:
    """What makes a repair unsafe; nothing: it is safe."""
    doubts = [doubt for step in steps for doubt in step.doubts]
    if certificate.caveat is not None:
        doubts.append(certificate.caveat)
    unsure: dict[str, list[str]] = {}
    for obligation in lost:
        if obligation.confidence is Confidence.LOW:
            unsure.setdefault(_UNSURE.get(obligation.origin, _BY_NAME), []).append(obligation.words.what)
    by_name = [obligation for obligation in lost if obligation.origin == "antonyms"]
    calls = [site.event for obligation in by_name for site in obligation.releases if isinstance(site.event, Call)]
    ending = dict.fromkeys(call.text for call in calls if ends_work(call.method))
    doubts += (f"`{text}` may keep the work of a body that failed" for text in ending)
    doubtful = dict.fromkeys(call.text for call in calls if _delivers(call.method) or is_wanted_by_name(call))
    doubts += (f"`{text}` may be for a body that succeeded, as far as its name says" for text in doubtful)
    doubts += dict.fromkeys(doubt for obligation in lost for doubt in doubts_by_evidence(obligation))
    doubts += (f"whether {listed(what)} has to be released is not sure: {reason}" for reason, what in unsure.items())
    return doubts


def _delivers(method: str) -> bool:
    """Whether it is the end of work that is delivered by it: `post_store_path`, `after_save`, `finish_upload`."""
    words = words_of(method)
    return words[:1] in (["post"], ["after"], ["finish"], ["end"], ["complete"]) and not _WORK.isdisjoint(words)
