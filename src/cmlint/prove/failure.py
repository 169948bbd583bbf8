"""The one error of the proof: something the experiment needs is missing or did not work."""

from __future__ import annotations


class ProofError(Exception):
    """The experiment could not be made; the message says in one line what is missing and what to do."""
