"""Runs the steps of a composite action, and the script of a GitLab job, as those services do.

What it knows of expressions is what the files use: a name, or its comparison with a text. A step that `uses:` another
action is not run but noted.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)(?:\s*(==|!=)\s*'([^']*)')?\s*\}\}")
_PATIENCE = 600  # seconds


@dataclass
class Ran:
    """code: of the step that failed, or 0; log: all that was printed; used: the actions that were called for."""

    code: int = 0
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def action(
    folder: Path, given: Mapping[str, str], workspace: Path, temp: Path, *, without: tuple[str, ...] = ()
) -> Ran:
    """Run the action in `folder` on `workspace`; steps whose id is in `without` are left out."""
    file = yaml.safe_load((folder / "action.yml").read_text())
    unknown = set(given) - set(file["inputs"])
    assert not unknown, f"the action has no input {unknown}"
    context = {f"inputs.{name}": given.get(name, entry.get("default", "")) for name, entry in file["inputs"].items()}
    context |= {"github.action_path": str(folder), "runner.temp": str(temp)}
    ran = Ran()
    for step in file["runs"]["steps"]:
        if step.get("id") not in without and evaluated(step.get("if", "true"), context) not in ("", "false"):
            _step(step, context, workspace, temp, ran)
        if ran.code:
            break
    ran.outputs = {name: evaluated(entry["value"], context) for name, entry in file["outputs"].items()}
    return ran


def _step(step: Mapping[str, Any], context: dict[str, str], workspace: Path, temp: Path, ran: Ran) -> None:
    if "uses" in step:
        ran.used.append((step["uses"], {name: evaluated(value, context) for name, value in step["with"].items()}))
        return
    assert step["shell"] == "bash"
    assert "${{" not in step["run"], "an expression in a command is code from outside"
    ran.names.append(step["name"])
    with tempfile.TemporaryDirectory() as files:
        output, summary = Path(files, "output"), Path(files, "summary")
        script = Path(files, "script.sh")
        script.write_text(step["run"])
        environment = {name: evaluated(value, context) for name, value in step.get("env", {}).items()}
        told = {"RUNNER_TEMP": str(temp), "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        told |= {"GITHUB_WORKSPACE": str(workspace), "GITHUB_ACTIONS": "true", "CI": "true"}
        place = workspace / evaluated(step.get("working-directory", "."), context)
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        ran.code = _run(command, place, {**told, **environment}, ran)
        if output.exists():
            context |= {f"steps.{step['id']}.outputs.{name}": value for name, value in _outputs(output.read_text())}
        ran.summary += summary.read_text() if summary.exists() else ""


def _outputs(text: str) -> list[tuple[str, str]]:
    """The outputs in a file of GITHUB_OUTPUT, in either of its two forms."""
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        name, heredoc, end = line.partition("<<")
        if heredoc and "=" not in name:
            value = []
            while (part := next(lines)) != end:
                value.append(part)
            found.append((name, "\n".join(value)))
        else:
            name, _, rest = line.partition("=")
            found.append((name, rest))
    return found


def evaluated(text: str, context: Mapping[str, str]) -> str:
    """The text with its expressions evaluated; what is not known is empty, as on GitHub."""

    def value_of(match: re.Match[str]) -> str:
        name, operator, wanted = match.groups()
        value = context.get(name, "")
        return value if operator is None else str((value == wanted) == (operator == "==")).lower()

    result = _EXPRESSION.sub(value_of, text)
    assert "${{" not in result, f"this runner can't evaluate {text}"
    return result


def gitlab_job(file: Path, workspace: Path, given: Mapping[str, str], *, without: tuple[str, ...] = ()) -> Ran | None:
    """Run the one job in `file`, None when no rule lets it run; the lists named in `without` are left out."""
    (job,) = yaml.safe_load(file.read_text()).values()
    variables = {**given, **job["variables"], "CI_PROJECT_DIR": str(workspace)}
    rule = next((rule for rule in job["rules"] if _holds(rule["if"], variables)), None)
    if rule is None:
        return None
    for name, value in rule.get("variables", {}).items():
        variables[name] = re.sub(r"\$(\w+)", lambda match: variables.get(match[1], ""), value)
    lines = [line for name in ("before_script", "script") if name not in without for line in job[name]]
    ran = Ran()
    # GitLab's runner hands all lines to one shell, which ends at the first that fails.
    ran.code = _run(["sh", "-ec", "\n".join(lines)], workspace, variables, ran)
    return ran


def _holds(condition: str, variables: Mapping[str, str]) -> bool:
    left, right = (part.strip() for part in condition.split("=="))
    return _operand(left, variables) == _operand(right, variables) is not None


def _operand(text: str, variables: Mapping[str, str]) -> str | None:
    return variables.get(text[1:]) if text.startswith("$") else text.strip('"')


def _run(command: list[str], place: Path, environment: Mapping[str, str], ran: Ran) -> int:
    outside = ("GIT_", "GITHUB_", "CMLINT", "NO_COLOR", "FORCE_COLOR", "PYTHON")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(outside)}
    done = subprocess.run(
        command,
        cwd=place,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_PATIENCE,
    )
    ran.log += done.stdout.decode("utf-8", "replace")
    return done.returncode
