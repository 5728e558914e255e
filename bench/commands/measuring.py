"""Measures for a command: asks before spending money, shows progress, and writes the result with its reports."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from rich.console import Console

from bench.commands.exit_codes import DONE, INTERRUPTED
from bench.compare import run as comparing
from bench.compare.flips import reserving
from bench.compare.outlook import too_short
from bench.compare.request import Comparison
from bench.compare.run import Absent, Approve, Enough
from bench.engine.observer import Observer, Silent
from bench.gate.again import Guard, judge_now
from bench.gate.judging import Gate
from bench.records.result import Result, read_result
from bench.records.writer import ResultWriter, Unwritten, Writer
from bench.report.files import write_reports
from bench.report.live import progress
from bench.report.live_time import RunTime
from bench.text.cleaning import clean, terminal_text
from bench.text.numbers import timeout_text

__all__ = ["announce_time", "check_directory", "exit_code", "judged", "measured", "new_directory"]


def measured(
    comparison: Comparison,
    directory: Path | None,
    approve: Approve,
    *,
    console: Console | None = None,
    enough: Enough | None = None,
    absent: Absent = tuple,
    reports: bool = True,
    show: Callable[[Result], object] = lambda _: None,
) -> Result:
    """Measure, show progress on the console, write the result and its reports to the directory, and return the result.

    Without a console nothing is shown, and without a directory nothing is written. ``show`` receives the result, even
    if the reports cannot be written. Raises what ``bench.compare.run.compare`` raises, and NotWritten.
    """
    comparison = reserving(comparison)
    with _writing(directory) as writer, _watching(comparison, console, may_end_early=enough is not None) as observer:
        again = partial(_measured_again, directory, observer)
        result = comparing.compare(comparison, writer, observer, approve, enough, again, absent)
    try:
        if directory and reports:
            write_reports(read_result(directory), directory)  # with its blocks, which are in the file alone
    finally:
        show(result)
    return result


def _writing(directory: Path | None) -> AbstractContextManager[Writer]:
    return ResultWriter(directory) if directory else nullcontext(Unwritten())


def _measured_again(directory: Path | None, observer: Observer, comparison: Comparison, folder: str) -> Result:
    """Measure a part of a run again; whoever approved of that one approved of its whole budget."""
    observer.state(f"measuring again {folder.replace('-', ' ')}")
    with _writing(directory / folder if directory else None) as writer:
        return comparing.compare(comparison, writer, observer, lambda _subjects, _servers: None)


def announce_time(comparison: Comparison, console: Console, *, may_end_early: bool = False, hint: str = "") -> None:
    """Print what is measured and when that ends at the latest, before anything else is shown.

    Of a sweep, also print what there is probably no time for.
    """
    labels = ", ".join(subject.label for subject in comparison.subjects)
    left_s = comparison.started_s + comparison.budget_s - time.monotonic()
    end = datetime.now() + timedelta(seconds=left_s)
    latest = " at the latest" if may_end_early else ""
    line = f"measuring {labels} until {end:%H:%M:%S}{latest} ({timeout_text(comparison.budget_s)}{hint})"
    console.print(terminal_text(clean(line), console), soft_wrap=True)
    if warning := too_short(comparison):
        console.print(terminal_text(clean(f"! {warning}"), console), soft_wrap=True)


def _watching(
    comparison: Comparison, console: Console | None, *, may_end_early: bool
) -> AbstractContextManager[Observer]:
    """Return what shows the measurement's progress on the console."""
    if console is None:
        return nullcontext(Silent())
    labels = [subject.label for subject in comparison.subjects]
    run_time = RunTime(started_s=comparison.started_s, budget_s=comparison.budget_s, may_end_early=may_end_early)
    return progress(console, labels, run_time)


def judged(
    guard: Guard, comparison: Comparison, directory: Path, measure: Callable[[Comparison, Path], object]
) -> Gate:
    """Measure into the directory and judge; measure again what seems to have regressed, into ``again`` below it.

    ``measure`` writes the result of a comparison to a directory.
    """
    second = directory / "again"
    for folder in (directory, second):  # both before the first run: a failure after it would waste it
        check_directory(folder)

    def left(comparison: Comparison, again: bool) -> Result:
        folder = second if again else directory
        measure(comparison, folder)
        return read_result(folder)

    return judge_now(guard, comparison, left)


def check_directory(directory: Path) -> None:
    """Check, before measuring, that a result can be written there, and leave nothing behind.

    Raises UsageError when it cannot, and NotWritten when the disk is full.
    """
    with ResultWriter(directory):
        pass


def new_directory(prefix: str = "") -> Path:
    """Return the default directory for what is measured now."""
    return Path("results") / f"{prefix}{datetime.now():%Y%m%d-%H%M%S}"


def exit_code(result: Result, code: int = DONE) -> int:
    """Return the exit code for a result: ``code``, unless the run was interrupted."""
    return INTERRUPTED if result.status == "interrupted" else code
