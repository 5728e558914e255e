"""Carries out ``brokerbench guarantees --soak``: soaks the subjects, and stores and reports what drifted."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.commands.announcing import announce_servers
from bench.commands.breaking import Request, refuse_paid_services
from bench.commands.documents import console_for, print_document
from bench.commands.exit_codes import BROKEN, DONE, INTERRUPTED, NOT_MEASURED
from bench.commands.measuring import new_directory
from bench.guarantees.soak.calibration import CALIBRATION_S
from bench.guarantees.soak.length import SoakLength
from bench.guarantees.soak.run import soak
from bench.processes.subject import label_subjects
from bench.records.out_folder import OutFolder
from bench.records.soak import SOAK_FILE, SOAK_HTML_FILE, SOAK_MARKDOWN_FILE, Soak
from bench.report.screens import redraws, working
from bench.report.soak.files import write_soak
from bench.report.soak.terminal import print_soak
from bench.text.cleaning import terminal_text
from bench.text.numbers import time_left
from brokers.defaults import subjects_of_each_tier
from brokers.errors import UsageError

__all__ = ["refuse_with_soak", "run_soak"]

_OF_FAULTS = {
    "names": "--only",
    "quick": "--quick",
    "repeats": "--repeats",
    "resumed": "--resume",
    "expected": "--expect",
    "written": "--write-expectations",
}
_FILES = (SOAK_FILE, SOAK_MARKDOWN_FILE, SOAK_HTML_FILE)
_STARTS_S = 15.0  # about how long servers and workers take to start


def refuse_with_soak(request: Request, *, listed: bool, explained: str | None) -> None:
    """Raise UsageError if an option that is about faults was given: a soak runs none."""
    given = [option for name, option in _OF_FAULTS.items() if getattr(request, name)]
    given += ["--list"] * listed + ["--explain"] * (explained is not None)
    if given:
        raise UsageError(f"--soak runs no faults: remove {' and '.join(given)}, or --soak")


def run_soak(request: Request, length: SoakLength, *, as_json: bool) -> int:
    """Soak the subjects, write and print what was found, and return the exit code."""
    request.check()
    console = console_for(as_json=as_json)
    subjects = label_subjects(list(request.subjects) or subjects_of_each_tier(), request.workload)
    subjects = list(map(request.on, subjects))
    brokers = [subject.broker for subject in subjects]
    announce_servers(brokers, request.servers, of_app=request.workload.is_users, yes=request.yes, err=as_json)
    refuse_paid_services(subjects)
    console.print(terminal_text(_takes(length, len(subjects)), console), soft_wrap=True)
    directory = request.out or new_directory("soak-")
    with _kept_in(directory) as keep, _telling(console) as tell:
        found = soak(subjects, length, request.workload, keep, tell)
    written = [path for name in _FILES if (path := directory / name).exists()]
    if as_json:
        print_document(found)
    else:
        print_soak(found, console, written)
    return _exit_code(found)


def _takes(length: SoakLength, subjects: int) -> str:
    each = f"{length} for each of {subjects} subjects" if subjects > 1 else str(length)
    if length.seconds is None:
        return f"soaking: {each}, at half of what it sustains"
    least_s = subjects * (length.seconds + CALIBRATION_S + _STARTS_S)
    return f"soaking: {each}, at half of what it sustains; about {time_left(least_s)}"


@contextmanager
def _kept_in(directory: Path) -> Iterator[Callable[[Soak], None]]:
    """Yield what writes a soak and its reports there. Nothing is left if nothing was written.

    Raises UsageError if the folder holds a soak already or cannot be written to, and NotWritten if its disk is full.
    """
    if os.path.lexists(directory / SOAK_FILE):
        raise UsageError(f"{directory / SOAK_FILE} exists: use another folder with --out")
    folder = OutFolder(directory, _FILES)
    try:
        yield lambda found: write_soak(found, directory)
    finally:
        folder.remove_if_empty()


@dataclass
class _Steps:
    """Shows each step; where lines cannot be redrawn, only the first of those that begin alike."""

    show: Callable[[str], None]
    redraws: bool
    before: str = ""

    def tell(self, text: str) -> None:
        step = " ".join("N" if word.replace(",", "").isdigit() else word for word in text.split())
        if self.redraws or step != self.before:
            self.before = step
            self.show(text)


@contextmanager
def _telling(console: Console) -> Iterator[Callable[[str], None]]:
    with working(console) as show:
        yield _Steps(show, redraws(console)).tell


def _exit_code(found: Soak) -> int:
    """Return 1 if something is broken or drifts, 3 if something could not be run or judged, and 130 after Ctrl-C."""
    outcomes = {run.outcome for run in found.runs}
    if found.status == "interrupted":
        return INTERRUPTED
    if outcomes & {"broken", "drifts"}:
        return BROKEN
    return DONE if outcomes <= {"steady"} else NOT_MEASURED
