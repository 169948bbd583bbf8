"""The certificate refuses every repair that changes more than it should."""

from __future__ import annotations

import pytest

from cmlint.fix.certify import NoCertificate, certify
from cmlint.flow.manager import Manager, Subject, analyse
from cmlint.knowledge.loader import shipped
from cmlint.outline import outline

HEAD = """\
from contextlib import contextmanager


@contextmanager
def manager(path, log):
"""
OLD = HEAD + "    file = open(path)\n    yield file\n    log(path)\n    file.close()\n"


def analysed(text: str) -> Manager:
    knowledge = shipped()
    whole = outline(text)
    (definition,) = whole.definitions
    protocol = knowledge.protocols["contextlib.contextmanager"]
    return analyse(Subject(definition, whole.visible(definition), protocol, knowledge), whole.slices(definition))


def compared(new_body: str, old: str = OLD) -> None:
    before, after = analysed(old), analysed(HEAD + new_body)
    moved = [site for site in before.graph.sites if "close" in site.event.text]
    certify(before.graph, after.graph, before.leaks, moved)


def test_the_smallest_repair_is_certified() -> None:
    compared(
        "    file = open(path)\n    try:\n        yield file\n        log(path)\n    finally:\n        file.close()\n"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "    file = open(path)\n    try:\n        yield file\n    finally:\n        log(path)\n        file.close()\n",
            "which may be for success only",
        ),
        (
            "    file = open(path)\n    try:\n        yield file\n    finally:\n        file.close()\n    log(path)\n",
            "would run before",
        ),
        (
            "    file = open(path)\n    try:\n        yield file\n        log(path)\n    except ValueError:\n"
            "        pass\n    finally:\n        file.close()\n",
            ".",
        ),
        (
            "    file = open(path)\n    try:\n        yield file\n        log(path)\n    finally:\n        file.close()\n"
            "        return\n",
            ".",
        ),
        (
            "    try:\n        file = open(path)\n        yield file\n        log(path)\n    finally:\n        file.close()\n",
            "when the setup fails before there is anything to release",
        ),
        (
            "    file = open(path)\n    try:\n        yield file\n        log(path)\n    except BaseException:\n"
            "        file.close()\n        raise\n    finally:\n        file.close()\n",
            "`raise` would run",
        ),
        ("    file = open(path)\n    yield file\n    log(path)\n    file.close()\n", "would still be held"),
        (
            "    file = open(path)\n    try:\n        yield file\n        log(path)\n        file.close()\n"
            "    except Exception:\n        file.close()\n        raise\n",
            ".",
        ),
        (
            "    file = open(path)\n    try:\n        yield file\n        log(path)\n    finally:\n        file.close()\n"
            "        log('closed')\n",
            ".",
        ),
    ],
)
def test_a_repair_that_does_more_or_less_is_refused(body: str, reason: str) -> None:
    with pytest.raises(NoCertificate, match=reason):
        compared(body)
