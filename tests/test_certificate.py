"""The certificate refuses every repair that changes more than it should."""

from __future__ import annotations

import pytest

from cmlint.fix.certify import Change, NoCertificate, certify
from cmlint.flow.manager import Manager, analyse
from cmlint.knowledge.loader import shipped
from cmlint.outline import outline
from cmlint.subjects import subjects_of

HEAD = """\
from contextlib import contextmanager


@contextmanager
def manager(path, log):
"""
OLD = HEAD + "    file = open(path)\n    yield file\n    log(path)\n    file.close()\n"


def analysed(text: str) -> Manager:
    knowledge = shipped()
    whole = outline(text)
    (subject,) = subjects_of(whole, knowledge)
    return analyse(subject)


def compared(new_body: str, old: str = OLD) -> None:
    before, after = analysed(old), analysed(HEAD + new_body)
    moved = [site for site in before.graph.sites if "close" in site.event.text]
    certify(before.graph, after.graph, Change([leak.obligation for leak in before.leaks], before.graph.sites, moved))


def body(text: str) -> str:
    """The statements of a manager, from a readable one-line notation: `;` ends a line, `>` indents it once."""
    lines = [line.strip() for line in text.split(";")]
    return "".join(f"    {'    ' * line.count('>')}{line.replace('>', '').strip()}\n" for line in lines)


def test_the_smallest_repair_is_certified() -> None:
    compared(body("file = open(path); try:; >yield file; >log(path); finally:; >file.close()"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "file = open(path); try:; >yield file; finally:; >log(path); >file.close()",
            "`log.path.` would run, which may be for success only",
        ),
        (
            "file = open(path); try:; >yield file; finally:; >file.close(); log(path)",
            "without an exception, `file.close..` would run before `log.path.`",
        ),
        (
            "try:; >file = open(path); >yield file; >log(path); finally:; >file.close()",
            "would also run when the setup fails before there is anything to release",
        ),
        ("file = open(path); yield file; log(path); file.close()", "would still be held"),
        (
            "file = open(path); try:; >yield file; >log(path); except ValueError:; >pass; finally:; >file.close()",
            "the exception would take another way|`ValueError` would run|caught by ValueError",
        ),
        (
            "file = open(path); try:; >yield file; >log(path); finally:; >file.close(); >return",
            "the exception would take another way",
        ),
        (
            "file = open(path); try:; >yield file; >log(path); >file.close(); except Exception:; >file.close(); >raise",
            "`raise` would run|still be held",
        ),
        (
            "file = open(path); try:; >yield file; >log(path); finally:; >file.close(); >log(file)",
            "`log.file.` would run",
        ),
        (
            "file = open(path); try:; >yield file; >log(path); finally:; >try:; >>file.close()"
            "; >finally:; >>file.close()",
            "`file.close..` would run",
        ),
    ],
)
def test_a_repair_that_does_more_or_less_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NoCertificate, match=reason):
        compared(body(text))
