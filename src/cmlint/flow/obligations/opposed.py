"""Whether the words of one name are the opposite of the words of another, and of what kind is what is undone then.

In one word (`push_freeze`, `pop_freeze`), by a prefix (`shard`, `unshard`), in words that were written together, in
what is converted to or filled. Told from the words alone; which objects the two are called on is the caller's to ask.
"""

from __future__ import annotations

from cmlint.knowledge.entries import Knowledge

_PREFIXES = ("un", "de", "dis")
_FILLING = frozenset({"to", "fill", "add", "put", "populate", "warm", "build", "write", "load", "store"})
_SHORTEST_NOUN = 3
_NO_NOUNS = frozenset({"ing", "load"})  # `starting`, `ending` are only told; `download`, `upload` undo nothing


def fills_what_is_cleared(before: list[str], after: list[str]) -> bool:
    """`to_cache(key, value)` and `clear_cache()`: what changes something by name, and what empties it."""
    return before[-1:] == after[-1:] and len(before) == len(after) > 1 and after[0] == "clear" and before[0] in _FILLING


def converts_back(before: list[str], after: list[str]) -> bool:
    """`scale_to_norm` and `scale_to_phys`."""
    return before[-2:-1] == ["to"] and before[:-1] == after[:-1] and before != after


def moved_back(before: list[str], after: list[str], knowledge: Knowledge) -> str | None:
    """The kind of what `load_model_to_gpu` undoes of `offload_model_to_cpu`."""
    there, back = before[-2:-1] == ["to"], after[-2:-1] == ["to"]
    return one_opposite(before[:-2], after[:-2], knowledge) if there and back and len(before) == len(after) else None


def opposite_verbs(one: str, other: str, knowledge: Knowledge) -> str | None:
    """The kind of what the second verb undoes; both may be the asynchronous ones (`aacquire`, `arelease`)."""
    plain = knowledge.antonym(one, other)
    asynchronous = one[:1] == other[:1] == "a" and knowledge.antonym(one[1:], other[1:])
    return plain or asynchronous or None


def one_opposite(before: list[str], after: list[str], knowledge: Knowledge) -> str | None:
    """The kind of what is undone, where two names of as many words differ in one word and these two are opposites."""
    different = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    if len(different) != 1:
        return None
    one, other = different[0]
    prefixed = any(other == prefix + one or one == prefix + other for prefix in _PREFIXES) or _again(one, other)
    adjectives = knowledge.are_opposite(one, other) and one.endswith("ed") and other.endswith("ed")
    kind = opposite_verbs(one, other, knowledge) or ("state" if prefixed or adjectives else None)
    return kind or _joined(one, other, knowledge)


def _again(one: str, other: str) -> bool:
    """`unshard` and `reshard`, `unfreeze` and `refreeze`, `disarm` and `rearm`."""
    stems = (one.removeprefix(prefix) for prefix in ("un", "dis") if one.startswith(prefix))
    return any(len(stem) >= _SHORTEST_NOUN and other == f"re{stem}" for stem in stems)


def _joined(one: str, other: str, knowledge: Knowledge) -> str | None:
    """Two words that were written together with the same noun: `pushbuffer`, `popbuffer`; not `starting`, `ending`."""
    for length in range(_SHORTEST_NOUN, min(len(one), len(other))):
        if one[-length:] == other[-length:] and one[-length:] not in _NO_NOUNS:
            kind = knowledge.antonym(one[:-length], other[:-length])
            if kind:
                return kind
    return None
