"""The command line: hands the arguments to what they ask for, and answers with an exit code whatever happens."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence

from cmlint.command_line.options import parse
from cmlint.config import ConfigError
from cmlint.exit_codes import FAILED
from cmlint.rule_codes import CODES
from cmlint.source import SourceError
from cmlint.standard_streams import say
from cmlint.usage import Refusal

_OBJECTS_BEFORE_A_COLLECTION = 50_000  # by default 700

_USUAL = (signal.SIG_DFL, signal.default_int_handler)


def run() -> None:
    """The entry point of the `cmlint` command."""
    # What an analysis makes is freed when nothing refers to it any more. The collector, which looks for cycles, finds
    # next to nothing, and took a twentieth of the time of a run. It need not look at what is imported, which stays.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in _USUAL:  # `nohup` ignores one of them
            signal.signal(number, _interrupted)
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        gc.freeze()  # the interpreter collects once more when it ends, which took as long as a small check


def _interrupted(number: int, _: object) -> None:
    """A supervisor's stop is a Ctrl-C: what was started is ended, and temporary files are removed; once is enough.

    A second one would arrive in the middle of just that.
    """
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask for and return the exit code: 0 clean, 1 findings, 2 could not do what was asked."""
    if sys.stdout is None:  # closed by the caller
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:  # `print` would take standard output instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
    except (Refusal, ConfigError, SourceError) as error:
        say(f"cmlint: {error}")
        return FAILED
    except BrokenPipeError:
        # Whoever read the output has seen enough; without this the interpreter would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        say(f"cmlint: the output could not be written: {(error.strerror or str(error)).lower()}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except BaseException as error:
        if not _is_interrupt(error):
            raise
        say("cmlint: interrupted; every file is either as it was or completely repaired")
        return FAILED
    return code


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether the user pressed Ctrl-C; libcst's own clean-up may have replaced the exception by a KeyError."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _dispatch(arguments: Sequence[str]) -> int:
    """What each word needs is imported only when it is given: most runs are checks, and most checks find nothing."""
    if arguments and arguments[0].isidentifier():
        from cmlint.command_line.subcommands import SUBCOMMANDS, check_word

        if arguments[0] in SUBCOMMANDS:
            return SUBCOMMANDS[arguments[0]](arguments[1:])
        check_word(arguments[0])
    options = parse(arguments, CODES)
    if options.watch:
        from cmlint.command_line.watching import watch

        return watch(options, lambda: parse(arguments, CODES))
    if options.paths == ("-",):
        from cmlint.command_line.standard_input import check_standard_input

        return check_standard_input(options)
    from cmlint.command_line.checking import check

    return check(options)
