"""What the commands share that end in a verdict, ``gate`` and ``ab``: options, files for a CI system, exit codes."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from bench.commands.exit_codes import BROKEN, DONE, NOT_MEASURED

__all__ = ["check_verdict_files", "exit_code", "inconclusive_passes", "verdict_options", "write_verdict"]

F = TypeVar("F", bound=Callable[..., Any])
_SUMMARY = "GITHUB_STEP_SUMMARY"
_file = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option(
        "--inconclusive",
        type=click.Choice(["pass", "fail"]),
        default="fail",
        show_default=True,
        help="What a doubt does.",
    ),
    click.option("--markdown", "markdown_file", type=_file, help="A file to write for a pull request."),
    click.option("--junit", "junit_file", type=_file, help="A file to write as JUnit XML."),
)


def verdict_options(command: F) -> F:
    """Give a command the options that say what a doubt does, and which files are written of what was found."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def inconclusive_passes(options: Mapping[str, Any]) -> bool:
    """Return whether a doubt passes."""
    return bool(options["inconclusive"] == "pass")


def check_verdict_files(options: Mapping[str, Any]) -> None:
    """Find out whether ``write_verdict`` will be able to write its files.

    Raises UsageError where it will not, and NotWritten where a disk is full.
    """
    from bench.records.named_files import check_addition, check_file

    for name in ("markdown_file", "junit_file"):
        if options[name]:
            check_file(options[name])
    if summary := os.environ.get(_SUMMARY):
        check_addition(Path(summary))


def write_verdict(options: Mapping[str, Any], markdown: str, junit: Callable[[], str]) -> None:
    """Write the files that were asked for, and the step's summary where GitHub names a file for it.

    Raises NotWritten when one cannot be written any more.
    """
    from bench.records.named_files import append_text, write_text

    if path := options["markdown_file"]:
        write_text(path, markdown)
    if path := options["junit_file"]:
        write_text(path, junit())
    if summary := os.environ.get(_SUMMARY):
        append_text(Path(summary), markdown)


def exit_code(outcome: str, options: Mapping[str, Any]) -> int:
    """Return 0 for ``within``, 1 for ``regressed``, 3 for anything else; 0 for ``inconclusive`` where that passes."""
    if outcome == "inconclusive" and inconclusive_passes(options):
        return DONE
    return {"within": DONE, "regressed": BROKEN}.get(outcome, NOT_MEASURED)
