"""Completion for bash, zsh and fish, made from the argument parsers: options, their choices, rule codes, file names."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Parsers = Mapping[str, argparse.ArgumentParser]  # by word; the command without a word is under ""


@dataclass(frozen=True)
class _Option:
    """One option: its spellings, and what follows: nothing, one of `words` (a list of them where `listed`), a file."""

    names: tuple[str, ...]
    told: str
    takes: bool
    words: tuple[str, ...]
    listed: bool


def _options(parser: argparse.ArgumentParser, codes: Sequence[str]) -> list[_Option]:
    return [_option(action, codes) for action in parser._actions if action.option_strings]


def _option(action: argparse.Action, codes: Sequence[str]) -> _Option:
    listed = action.metavar == "CODES"
    words = tuple(codes) if listed else tuple(map(str, action.choices or ()))
    told = (action.help or "").replace("%%", "%")
    return _Option(tuple(action.option_strings), told, action.nargs != 0, words, listed)


def _positional(parser: argparse.ArgumentParser, codes: Sequence[str]) -> list[str]:
    """The words that can stand without an option."""
    actions = [action for action in parser._actions if not action.option_strings]
    return [str(word) for action in actions for word in (codes if action.metavar == "CODE" else action.choices or ())]


_BASH = """\
_cmlint() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="" words=""
    COMPREPLY=()
    if [ "$COMP_CWORD" -gt 1 ]; then
        case "${{COMP_WORDS[1]}}" in {commands}) command="${{COMP_WORDS[1]}}" ;; esac
    fi
    case "$command $previous" in
{following}
    esac
    case "$command" in
{options}
    esac
}}
complete -o bashdefault -o default -F _cmlint cmlint
"""
_BASH_LIST = """\
        {patterns})
            local before=""
            case "$word" in *,*) before="${{word%,*}}," ;; esac
            COMPREPLY=($(compgen -P "$before" -W {words} -- "${{word##*,}}"))
            return ;;"""
_BASH_WORDS = """\
        {patterns}) COMPREPLY=($(compgen -W {words} -- "$word")); return ;;"""
_BASH_FILE = """\
        {patterns}) COMPREPLY=($(compgen -f -- "$word")); return ;;"""
_BASH_COMMAND = """\
        {command})
            case "$word" in
                -*) COMPREPLY=($(compgen -W {options} -- "$word")) ;;
                *) words={words} ;;
            esac
            if [ -n "$words" ] && {first}; then COMPREPLY=($(compgen -W "$words" -- "$word") {files}); fi ;;"""


def bash(parsers: Parsers, codes: Sequence[str]) -> str:
    """The script for bash."""
    commands = [word for word in parsers if word]
    following: list[str] = []
    options: list[str] = []
    for command, parser in parsers.items():
        for option in _options(parser, codes):
            if option.takes:
                patterns = "|".join(f'"{command} {name}"' for name in option.names)
                form = _BASH_LIST if option.listed else _BASH_WORDS if option.words else _BASH_FILE
                following.append(form.format(patterns=patterns, words=_quoted(option.words)))
        names = [name for option in _options(parser, codes) for name in option.names]
        words = _positional(parser, codes) if command else commands
        options.append(
            _BASH_COMMAND.format(
                command=command or '""',
                options=_quoted(names),
                words=_quoted(words),
                first="true" if command else '[ "$COMP_CWORD" -eq 1 ]',
                files="" if command else '$(compgen -f -- "$word")',
            )
        )
    return _BASH.format(commands="|".join(commands), following="\n".join(following), options="\n".join(options))


def _quoted(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))


def zsh(parsers: Parsers, codes: Sequence[str]) -> str:
    """The script for zsh."""
    lines = ["#compdef cmlint", "", "_cmlint() {", "    if (( CURRENT > 2 )); then", "        case $words[2] in"]
    for command, parser in parsers.items():
        if command:
            words = _positional(parser, codes)
            rest = f":argument:({' '.join(words)})" if words else ":path:_files"
            specs = [*_zsh_options(parser, codes), f"*{rest}"]
            lines += [f"            {command})", "                shift words; (( CURRENT-- ))"]
            lines += [f"                _arguments {' '.join(map(shlex.quote, specs))}; return ;;"]
    commands = " ".join(word for word in parsers if word)
    lines += ["        esac", "    fi", f"    (( CURRENT == 2 )) && compadd -- {commands}"]
    specs = [*_zsh_options(parsers[""], codes), "*:path:_files"]
    lines += [f"    _arguments {' '.join(map(shlex.quote, specs))}", "}", "", "compdef _cmlint cmlint", ""]
    return "\n".join(lines)


def _zsh_options(parser: argparse.ArgumentParser, codes: Sequence[str]) -> Iterator[str]:
    for option in _options(parser, codes):
        told = option.told.replace("[", "(").replace("]", ")").replace(":", " -")
        words = " ".join(option.words)
        if option.listed:
            after = f":codes:_sequence compadd - {words}"
        else:
            after = f":value:({words})" if words else ":file:_files" if option.takes else ""
        for name in option.names:
            yield f"*{name}[{told}]{after}"


def fish(parsers: Parsers, codes: Sequence[str]) -> str:
    """The script for fish."""
    commands = " ".join(word for word in parsers if word)
    lines = [f"complete -c cmlint -n __fish_is_first_arg -a {shlex.quote(commands)}"]
    for command, parser in parsers.items():
        when = f"__fish_seen_subcommand_from {command}" if command else f"not __fish_seen_subcommand_from {commands}"
        start = f"complete -c cmlint -n {shlex.quote(when)}"
        words = _positional(parser, codes)
        if command and words:
            lines.append(f"{start} -a {_quoted(words)}")
        for option in _options(parser, codes):
            names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option.names)
            value = f" -x -a {_quoted(option.words)}" if option.words else " -r" if option.takes else ""
            lines.append(f"{start} {names}{value} -d {shlex.quote(option.told)}")
    return "\n".join([*lines, ""])


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
