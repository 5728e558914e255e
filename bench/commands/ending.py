"""Ends the program: with an exit code, and with one line for every error."""

import io
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import click

from bench.commands.crash import crash_line, print_crash_of_thread, print_uncatchable
from bench.commands.exit_codes import CRASHED, INTERRUPTED, NOT_MEASURED

__all__ = ["exit_with"]


def exit_with(run: Callable[[], int]) -> NoReturn:
    """Run a command, and exit with its code, or print one line about an error and exit with the error's code."""
    threading.excepthook, sys.unraisablehook = print_crash_of_thread, print_uncatchable
    try:
        code = run()
        sys.stdout.flush()
    except (SystemExit, BrokenPipeError):  # click and rich end with 1, which means "regressed"
        code = _unwritten("standard output was closed before everything was written: let its reader read to the end")
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except Exception as error:
        sys.exit(_failed(error))
    sys.exit(code)


def _failed(error: Exception) -> int:
    """Print an unexpected error, a full disk or else a bug in this program, and return the exit code."""
    from brokers.writing import is_full, not_written

    if isinstance(error, OSError) and is_full(error):
        return _unwritten(not_written(error.filename or "standard output", error).format_message())
    click.echo(f"Error: {crash_line(error)}", err=True)
    return CRASHED


def _unwritten(why: str) -> int:
    """Print why the output is incomplete, unless that cannot be written either, and return the exit code.

    The rest of the output is discarded: otherwise Python would try to write it at exit, and fail in its own way.
    """
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"Error: {why}", err=True)
    return NOT_MEASURED


def _show(error: click.ClickException) -> None:
    """Print an error, made safe for a terminal: click's own errors quote what the user typed."""
    from brokers.outside import safe_text

    shown = io.StringIO()
    error.show(shown)
    click.echo(safe_text(shown.getvalue()), err=True, nl=False)
