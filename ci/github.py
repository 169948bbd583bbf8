"""What the GitHub action tells the job beside its annotations: the outputs, and a summary of the findings.

`github.py FINDINGS SARIF CODE`: the file with the findings as JSON (missing when there is no answer), the SARIF report
or an empty text, and the exit code. Stands alone and needs the standard library only.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path

SHOWN = 100  # findings in the summary, which GitHub takes up to 1 MiB of


def main(found: str, sarif: str, code: str) -> None:
    """Write to the files that GitHub names in the environment."""
    findings = _findings(Path(found))
    outputs = {
        "findings": "" if findings is None else str(len(findings)),
        "sarif": os.path.abspath(sarif) if sarif and os.path.exists(sarif) else "",
        "exit-code": code,
    }
    _append("GITHUB_OUTPUT", "".join(_output(name, value) for name, value in outputs.items()))
    _append("GITHUB_STEP_SUMMARY", _summary(findings))


def _findings(file: Path) -> list[dict[str, object]] | None:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return read if isinstance(read, list) else None


def _output(name: str, value: str) -> str:
    """One output; its end is a text that no value can contain, so that no value becomes another output."""
    end = uuid.uuid4().hex
    return f"{name}<<{end}\n{value}\n{end}\n"


def _summary(findings: list[dict[str, object]] | None) -> str:
    if findings is None:
        return "### cmlint has no answer\n\nThe log of the step says why.\n"
    if not findings:
        return "### cmlint: no findings\n"
    lines = [f"{f['path']}:{f['line']}: {f['code']} {f['message']}" for f in findings[:SHOWN]]
    more = [f"and {len(findings) - SHOWN} more"] if len(findings) > SHOWN else []
    # Indented lines are code in Markdown: nothing in a path or a name is markup there.
    listed = "".join(f"    {_printable(line)}\n" for line in lines + more)
    return f"### cmlint: {len(findings)} finding{'' if len(findings) == 1 else 's'}\n\n{listed}"


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _append(variable: str, text: str) -> None:
    file = os.environ.get(variable)
    if file:
        with open(file, "a", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
