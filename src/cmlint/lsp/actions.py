"""Code actions: the certified fix of one finding, a `# noqa` for it, and all safe fixes of a document at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from lsprotocol.types import (
    CodeAction,
    CodeActionContext,
    CodeActionKind,
    Diagnostic,
    OptionalVersionedTextDocumentIdentifier,
    Range,
    TextDocumentEdit,
    TextEdit,
    WorkspaceEdit,
)

from cmlint.findings import Applicability, Edit, Finding, Fix
from cmlint.lsp.diagnostics import diagnostic
from cmlint.lsp.documents import Document
from cmlint.lsp.noqa import noqa_edit
from cmlint.lsp.rechecking import Outcome
from cmlint.outline import line_starts

FIX_ALL = f"{CodeActionKind.SourceFixAll.value}.cmlint"
KINDS = (CodeActionKind.QuickFix.value, FIX_ALL)


def asks_for(kind: str, context: CodeActionContext) -> bool:
    """Whether a client asks for actions of `kind`: by that name, by that of a kind above it, or for all."""
    return context.only is None or any(kind == wanted or kind.startswith(f"{wanted}.") for wanted in context.only)


def quick_fixes(
    outcome: Outcome, where: Range, context: CodeActionContext, *, unsafe: bool, versioned: bool
) -> Iterator[CodeAction]:
    """The fixes of the findings at a range, then the ways to suppress them."""
    here = [
        (finding, _shown(diagnostic(finding, outcome), context.diagnostics))
        for finding in outcome.findings
        if _touches(outcome.document.places.range(finding.span), where)
    ]
    wanted = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    for finding, shown in here:
        if finding.fix is not None and finding.fix.applicability in wanted and finding.fix.edits:
            edit = _workspace_edit(outcome.document, finding.fix.edits, versioned=versioned)
            safe = finding.fix.applicability is Applicability.SAFE
            title = _title(finding, finding.fix)
            yield CodeAction(title, CodeActionKind.QuickFix, [shown], is_preferred=safe or None, edit=edit)
    for finding, shown in here:
        noqa = noqa_edit(finding, outcome.document.source.text)
        if noqa is not None:
            edit = _workspace_edit(outcome.document, [noqa], versioned=versioned)
            title = f"cmlint: disable {finding.code} here (# noqa: {finding.code})"
            yield CodeAction(title, CodeActionKind.QuickFix, [shown], edit=edit)


def fix_all(outcome: Outcome) -> CodeAction | None:
    """The action that applies all safe fixes, still without its edit; None where there are none."""
    safe = [f for f in outcome.findings if f.fix is not None and f.fix.applicability is Applicability.SAFE]
    if not safe:
        return None
    title = f"cmlint: repair all that has a safe fix ({len(safe)})"
    return CodeAction(title, FIX_ALL, data={"uri": outcome.document.uri, "version": outcome.document.version})


def rewriting(document: Document, text: str, *, versioned: bool) -> WorkspaceEdit:
    """The edit that turns the document into `text`, in as few lines as possible."""
    old, new = _lines(document.text), _lines(text)
    offsets = [0]
    for line in old:
        offsets.append(offsets[-1] + len(line))
    mark = document.places.mark
    edits = [
        Edit(offsets[start] - mark, offsets[end] - mark, "".join(new[first:last]))
        for tag, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return _workspace_edit(document, edits, versioned=versioned)


def _lines(text: str) -> list[str]:
    starts = line_starts(text)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _title(finding: Finding, fix: Fix) -> str:
    if fix.applicability is Applicability.SAFE:
        return f"cmlint: {fix.title} ({fix.certificate})"
    return f"cmlint, unsafe: {fix.title} ({fix.certificate}); look at it, because {finding.no_fix_reason}"


def _workspace_edit(document: Document, edits: Iterable[Edit], *, versioned: bool) -> WorkspaceEdit:
    changes = [TextEdit(document.places.edited(edit), edit.content) for edit in edits]
    if not versioned:
        return WorkspaceEdit(changes={document.uri: changes})
    place = OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return WorkspaceEdit(document_changes=[TextDocumentEdit(place, list(changes))])


def _shown(own: Diagnostic, known: Sequence[Diagnostic]) -> Diagnostic:
    """The client's own copy of a diagnostic, by which it ties the action to what it shows."""
    return next((other for other in known if (other.code, other.range) == (own.code, own.range)), own)


def _touches(one: Range, other: Range) -> bool:
    return one.start <= other.end and other.start <= one.end
