"""Files that are hard on the analysis: long, deep, wide, and many."""

from __future__ import annotations

_HEAD = "from contextlib import contextmanager\n\n\n@contextmanager\ndef hard(lock, x):\n    lock.acquire()\n"


def many_statements() -> str:
    """A manager with 2,000 statements."""
    return _HEAD + "".join(f"    x.a{n} = x.f{n}()\n" for n in range(2_000)) + "    yield\n    lock.release()\n"


def nested_ifs() -> str:
    """60 `if` in each other."""
    lines = [f"{'    ' * (n + 1)}if x.a{n}:\n" for n in range(60)]
    return _HEAD + "".join(lines) + "    " * 61 + "x.f()\n    yield\n    lock.release()\n"


def nested_finallys() -> str:
    """15 `try` with a `finally` in each other, a yield in the innermost."""
    tries = "".join(f"{'    ' * (n + 1)}try:\n" for n in range(15)) + "    " * 16 + "yield\n"
    ends = [f"{'    ' * (n + 1)}finally:\n{'    ' * (n + 2)}x.f{n}()\n" for n in range(14, -1, -1)]
    return _HEAD + tries + "".join(ends) + "    lock.release()\n"


def many_yields() -> str:
    """500 yields."""
    return _HEAD + "    yield\n" * 500 + "    lock.release()\n"


def a_long_line() -> str:
    """A line of 5 MB beside a leak."""
    return "x = [" + "1, " * 1_666_000 + "]\n" + _HEAD + "    yield\n    lock.release()\n"


def many_managers() -> str:
    """10,000 tiny managers, of which every hundredth leaks."""
    tiny = "\n\n@contextmanager\ndef tiny{}(lock):\n    lock.acquire()\n    try:\n        yield\n"
    tiny += "    finally:\n        lock.release()\n"
    leak = "\n\n@contextmanager\ndef leak{}(lock):\n    lock.acquire()\n    yield\n    lock.release()\n"
    return "from contextlib import contextmanager\n" + "".join(
        (leak if n % 100 == 0 else tiny).format(n) for n in range(10_000)
    )


def many_attributes() -> str:
    """A class that sets 400 attributes and puts them back."""
    enter = "".join(f"        self.a{n} = {n}\n" for n in range(400))
    leave = "".join(f"        self.a{n} = None\n" for n in range(400))
    return f"class Wide:\n    def __enter__(self):\n{enter}        return self\n\n    def __exit__(self, *_):\n{leave}"


def many_names() -> str:
    """A manager without anything behind a long table of names."""
    table = "".join(f"name{n} = other{n}\n" for n in range(50_000))
    return f"{table}{_HEAD}    yield\n    lock.release()\n"


def many_conditions() -> str:
    """25 conditions, each asked twice: 33 million combinations of answers, of which nothing is asked any more."""
    asked = "".join(
        f"    if x.a{n}:\n        x.f{n}()\n    x.g()\n    if x.a{n}:\n        x.h{n}()\n" for n in range(25)
    )
    return f"{_HEAD}{asked}    yield\n    lock.release()\n"


def many_threads() -> str:
    """200 threads that are started and ended."""
    started = "".join(f"    t{n} = threading.Thread(target=x.f{n})\n    t{n}.start()\n" for n in range(200))
    ended = "".join(f"    t{n}.join()\n" for n in range(200))
    return f"import threading\n{_HEAD}{started}    yield\n{ended}    lock.release()\n"


def a_deep_pattern() -> str:
    """A sequence pattern and a mapping pattern of 60 levels, with what ends no line in their strings."""
    cases = "".join(
        f"        case {opening * 60}y{closing * 60}:\n            pass\n"
        for opening, closing in (("[", "]"), ("{'):': ", "}"), ("A(k=", ")"))
    )
    return f"{_HEAD}    match x:\n{cases}    yield\n    lock.release()\n"


HARD = (
    many_statements, nested_ifs, nested_finallys, many_yields, a_long_line, many_managers, many_attributes, many_names,
    many_conditions, many_threads, a_deep_pattern,
)  # fmt: skip
