"""Lets a side import its app, and compares the code that both sides imported."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.processes.errors import SubjectFailed, WrongApp
from bench.processes.process import SubjectProcess
from bench.processes.subject import Subject, app_dir_of
from bench.records.workload import Workload
from brokers.errors import UsageError
from brokers.outside import safe_line

__all__ = ["imported_by", "same_code"]

_START_S = 60.0
_ELSE = ("broker", "profile", "interpreter", "settings", "server", "rtt_ns")


def imported_by(subject: Subject, workload: Workload, directory: Path) -> dict[str, str]:
    """Return a digest of each file of its repository that the subject imports, by relative path; no server is needed.

    Raises WrongApp if the app cannot be imported or has no such task, and UsageError if its code comes from elsewhere.
    """
    try:
        answer = _answer(subject, workload, directory)
    except SubjectFailed as error:
        why = f"{subject.label} ({subject.spec}): {error.format_message()}"
        raise WrongApp(why, [subject.label]) from error
    if "error" in answer:
        raise UsageError(f"{subject.label} ({subject.spec}): {answer['error']}")
    imported: dict[str, str] = answer["imported"]
    return imported


def _answer(subject: Subject, workload: Workload, directory: Path) -> dict[str, Any]:
    own = directory / f"proof-{subject.label}"
    own.mkdir(parents=True)
    app_dir = subject.app_dir or str(app_dir_of(workload))
    job = {
        "role": "imports",
        "import_path": [app_dir, *subject.import_path],
        "folder": app_dir if workload.is_users else str(own),
        "checked_out_from": workload.app_dir if subject.app_dir else None,
        "origin": subject.origin.job(),
        "keeps_configuration": workload.is_users,
        "kept_options": [],
        "app": workload.app,
        "include": workload.include,
        "task": workload.task,
        "args": workload.arguments(),
        "kwargs": workload.kwargs,
        "dry": workload.dry,
        "settings": subject.broker.settings(subject.broker.local_url(), subject.profile),
        "traceback": subject.traceback,
    }
    process = SubjectProcess(subject.interpreter, job, own / "import.log", hash_seed=0)
    try:
        return process.receive(_START_S)
    finally:
        process.end()


def same_code(
    subjects: Sequence[Subject], imported: Sequence[dict[str, str]], changed: Callable[[], Sequence[str]]
) -> list[str]:
    """Return a sentence if two sides import the same code although they were to differ in it, or in nothing.

    ``changed`` returns the files of the repository that differ.
    """
    a, b = subjects
    nothing_else = all(getattr(a, name) == getattr(b, name) for name in _ELSE)
    if not a.commit and not b.commit:
        return ["A and B are the same: a difference between them can only be chance"] if nothing_else else []
    if imported[0] != imported[1] or (a.commit == b.commit and not nothing_else):
        return []
    sides = " and ".join(f"{one.label} ({one.commit[:12] or 'the folder as it is'})" for one in subjects)
    later = [file for file in changed() if file.endswith(".py")]
    rest = f" at its start; a task may import {_shown(later)}, which differs" if later else ""
    return [f"{sides} import the same code: none of the {len(imported[0])} files that the app imports differs{rest}"]


def _shown(files: Sequence[str]) -> str:
    """Return the first of these files, and how many more there are."""
    return f"{safe_line(files[0])}{f' and {len(files) - 1} more' if len(files) > 1 else ''}"
