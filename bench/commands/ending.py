"""How the program ends: with an exit code, and with one line for every error."""

import io
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import click

from bench.commands.crash import crash_told, print_crash_of_thread, print_uncatchable
from bench.commands.exit_codes import CRASHED, INTERRUPTED, NOT_MEASURED

__all__ = ["exit_with"]


def exit_with(run: Callable[[], int]) -> NoReturn:
    """Run a command, and exit with its code, or with an error's after one line that says what is wrong."""
    threading.excepthook, sys.unraisablehook = print_crash_of_thread, print_uncatchable
    try:
        code = run()
        sys.stdout.flush()
    except (SystemExit, BrokenPipeError):  # click and rich end with 1, which means "regressed"
        code = _unwritten("standard output was closed before all was written: let its reader read to the end")
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
    """Print what nobody expected: a full disk, or else a mistake of this program's own; return the exit code."""
    from brokers.writing import is_full, not_written

    if isinstance(error, OSError) and is_full(error):
        return _unwritten(not_written(error.filename or "standard output", error).format_message())
    click.echo(f"Error: {crash_told(error)}", err=True)
    return CRASHED


def _unwritten(why: str) -> int:
    """Print why the output is not whole, unless that cannot be written either, and return the exit code.

    What is left of it goes nowhere: else Python would try to write it when it ends, and fail in its own way.
    """
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"Error: {why}", err=True)
    return NOT_MEASURED


def _show(error: click.ClickException) -> None:
    """Print an error, click's own as well, which quote what was typed."""
    from brokers.outside import safe_text

    shown = io.StringIO()
    error.show(shown)
    click.echo(safe_text(shown.getvalue()), err=True, nl=False)
