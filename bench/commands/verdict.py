"""Shared by ``gate`` and ``ab``, which end in a verdict: options, files for a CI system, exit codes."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from bench.commands.exit_codes import BROKEN, DONE, NOT_MEASURED
from bench.commands.grouping import grouped
from bench.commands.parameters import FILE
from bench.records.named_files import append_text, check_addition, check_file, write_text

__all__ = ["VerdictOptions", "verdict_options"]

_SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True, kw_only=True)
class VerdictOptions:
    """Whether an inconclusive result passes, and which report files to write."""

    inconclusive: Literal["pass", "fail"] = "fail"
    markdown_file: Path | None = None
    junit_file: Path | None = None

    @property
    def inconclusive_passes(self) -> bool:
        """Return True if an inconclusive result passes."""
        return self.inconclusive == "pass"

    def check_files(self) -> None:
        """Check that ``write`` will be able to write its files.

        Raises UsageError if it will not, and NotWritten if a disk is full.
        """
        for path in (self.markdown_file, self.junit_file):
            if path:
                check_file(path)
        if summary := os.environ.get(_SUMMARY):
            check_addition(Path(summary))

    def write(self, markdown: str, junit: Callable[[], str]) -> None:
        """Write the requested files, and the step summary if GitHub names a file for it.

        Raises NotWritten when a file can no longer be written.
        """
        if self.markdown_file:
            write_text(self.markdown_file, markdown)
        if self.junit_file:
            write_text(self.junit_file, junit())
        if summary := os.environ.get(_SUMMARY):
            append_text(Path(summary), markdown)

    def exit_code(self, outcome: str) -> int:
        """Return 0 for ``within``, 1 for ``regressed``, 3 for the rest; 0 for ``inconclusive`` if that passes."""
        if outcome == "inconclusive" and self.inconclusive_passes:
            return DONE
        return {"within": DONE, "regressed": BROKEN}.get(outcome, NOT_MEASURED)


verdict_options = grouped(
    "verdict",
    VerdictOptions,
    (
        click.option(
            "--inconclusive",
            type=click.Choice(["pass", "fail"]),
            default="fail",
            show_default=True,
            help="Whether an inconclusive result passes or fails.",
        ),
        click.option("--markdown", "markdown_file", type=FILE, help="A Markdown file to write, for a pull request."),
        click.option("--junit", "junit_file", type=FILE, help="A JUnit XML file to write."),
    ),
)
