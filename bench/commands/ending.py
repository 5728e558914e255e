"""Ends the program: with an exit code, and with one line for every error."""

import io
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

import click

from bench.commands.crash import crash_line, print_crash_of_thread, print_uncatchable, thread_crashed
from bench.commands.exit_codes import BROKEN, CRASHED, DONE, INTERRUPTED, NOT_MEASURED, WRONG_USE
from bench.commands.streams import discard_output

__all__ = ["exit_with"]


def exit_with(run: Callable[[], int]) -> NoReturn:
    """Run a command, and exit with its code, or print one line about an error and exit with the error's code.

    A bug ends it with a code of its own, also one in a thread that the command did not notice: what it found is not
    to be trusted then.
    """
    threading.excepthook, sys.unraisablehook = print_crash_of_thread, print_uncatchable
    code = _code(run)
    try:
        sys.stdout.flush()
    except OSError:  # the command failed before it printed everything
        discard_output()
    sys.exit(CRASHED if thread_crashed() else code)


def _code(run: Callable[[], int]) -> int:
    try:
        code = run()
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        _show(error)
        return error.exit_code if error.exit_code != BROKEN else WRONG_USE
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and os.environ.get("_BROKERBENCH_COMPLETE"):
            return int(error.code or DONE)  # click ends so when it has answered a shell
        return _failed(error)
    return code


def _failed(error: Exception | SystemExit) -> int:
    """Print an unexpected error, a full disk or else a bug in this program, and return the exit code."""
    from brokers.writing import is_full, not_written

    if isinstance(error, OSError) and is_full(error):
        click.echo(f"Error: {not_written(error.filename or 'standard output', error).format_message()}", err=True)
        return NOT_MEASURED
    click.echo(f"Error: {crash_line(error)}", err=True)
    return CRASHED


def _show(error: click.ClickException) -> None:
    """Print an error, made safe for a terminal: click's own errors quote what the user typed."""
    from brokers.outside import safe_text

    shown = io.StringIO()
    error.show(shown)
    click.echo(safe_text(shown.getvalue()), err=True, nl=False)
