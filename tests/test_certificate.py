"""The certificate refuses every repair that changes more than it should."""

from __future__ import annotations

import pytest

from cmlint import Applicability, Confidence, Config, Source, check_source, repair_source
from cmlint.fix.certificate.certify import NoCertificate, certify
from cmlint.fix.certificate.change import Change
from cmlint.flow.manager import Manager, analyse
from cmlint.knowledge.loader import shipped
from cmlint.outlining import outline
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
            "would also run when the setup fails while there is nothing to release",
        ),
        ("file = open(path); yield file; log(path); file.close()", "on some path `file` .file. stays open"),
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
            "`raise` would run|stays open all the same",
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


def test_a_bound_for_an_endless_join_is_shown_and_never_applied() -> None:
    text = (
        "from contextlib import contextmanager\nfrom multiprocessing import Process\n\n\n@contextmanager\n"
        + "def serving(target):\n    worker = Process(target=target)\n    worker.start()\n    try:\n        yield\n"
        + "    finally:\n        worker.join()  # all of it\n"
    )
    config = Config(select=("CML108",), min_confidence=Confidence.LOW)
    (finding,) = check_source(Source("waits.py", text), config).findings
    assert finding.fix is not None
    assert (finding.fix.applicability, finding.fix.certificate) == (Applicability.DISPLAY_ONLY, None)
    (edit,) = finding.fix.edits
    shown = text[: edit.start] + edit.content + text[edit.end :]
    assert "worker.join(timeout=10)  # all of it\n        if worker.is_alive():\n            worker.kill()" in shown
    assert not repair_source(Source("waits.py", text), config, unsafe=True).changed
