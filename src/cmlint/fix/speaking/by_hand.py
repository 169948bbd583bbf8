"""What no fix is for, rule by rule: what is missing in the code, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

NOTHING_REMOVES = (
    "nothing in the manager removes it, and the move is for success only; an `except BaseException:` that removes it "
    "and raises again would"
)
NOBODY_READS = (
    "the wait alone would never end when the body did not read to the end; close the pipe in a `finally`, then wait"
)
NOBODY_TELLS = (
    "the wait alone may never end when the body, which works with it, has failed; cancel it or tell it to end in a "
    "`finally`, then wait"
)
BY_HAND: Mapping[str, str] = {
    "CML107": "what releases it, and when, is not in the code",
    "CML201": "what the caller should get instead, another value or an exception, is not in the code",
    "CML202": "what should happen instead of the second `yield` is not in the code",
    "CML203": "whether the exception should go on is the maintainer's to decide; a `raise` in the handler lets it",
    "CML204": "whether the decorator, the `yield` or the `async` is wrong is not in the code",
    "CML205": "how far the `with` should reach is not in the code",
    "CML301": "whether the exception should go on is the maintainer's to decide; without the `return` it does",
    "CML302": "what the method should do, and be called with, is not in the code",
    "CML108": "how it is told to end is not in the code; tell it before the wait, or give the wait a bound and kill "
    "what is still alive then",
}
