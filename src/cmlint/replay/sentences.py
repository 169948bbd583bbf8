"""What a replay is told in: plain sentences with the lines that ran and those that did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cmlint.findings import Replay, Trial, Verdict, printable
from cmlint.replay.order import WITHS

_ENDINGS = {
    "Exception": "the body raises an Exception",
    "BaseException": "the body raises what only `except BaseException` stops",
    "GeneratorExit": "it is closed at its yield (GeneratorExit)",
}
_ENDINGS_OF_A_CLASS = _ENDINGS | {
    "GeneratorExit": "the generator that holds the `with` is closed (GeneratorExit)",
}


def told(title: str, replay: Replay, text: str) -> str:
    """All of one replay; `title` names the manager, `text` is that of its file."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    out = [f"{title}: {replay}"]
    if replay.trials:
        out.append(f"  it ran under {replay.protocol}; everything that it uses was a recorder")
        out.append(f"  without a fault: {_listed(replay.released, lines)} ran")
        out.extend(f"  {_trial(trial, replay, lines)}" for trial in replay.trials)
        out.extend(f"  {sentence}" for sentence in _assumed(replay))
    if replay.verdict is Verdict.CONTRADICTED:
        out.append("  the static analysis says otherwise: one of the two is wrong, please report it")
    return "\n".join(out) + "\n"


def _trial(trial: Trial, replay: Replay, lines: Sequence[str]) -> str:
    endings = _ENDINGS_OF_A_CLASS if replay.protocol in WITHS else _ENDINGS
    what = endings[trial.fault] if replay.failing is None else f"line {replay.failing} raises an {trial.fault}"
    kept = [line for line in trial.ran if line not in trial.lost]
    parts = []
    if kept:
        parts.append(f"{_listed(kept, lines)} ran")
    if trial.lost:
        parts.append(f"{_listed(trial.lost, lines)} did not run")
    return f"{what}: {'; '.join(parts) or 'the same was done on other lines'}; {_left(trial)}"


def _left(trial: Trial) -> str:
    if trial.left_with is None:
        return "the exception was swallowed"
    return "the exception left the manager" if trial.left_with == "injected" else f"{trial.left_with} left the manager"


def _assumed(replay: Replay) -> Iterator[str]:
    """The answers that were chosen for the conditions on the way."""
    chosen = [f"`{question}` is {'true' if answer else 'false'}" for question, answer in replay.answers]
    if chosen:
        yield f"on a path where {', '.join(chosen)}"


def _listed(numbers: Iterable[int], lines: Sequence[str]) -> str:
    return ", ".join(f"line {number} `{printable(lines[number - 1].strip())}`" for number in numbers)
