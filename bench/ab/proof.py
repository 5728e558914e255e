"""Lets a side import its app, and compares the code that both sides imported."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.processes.errors import SubjectFailed
from bench.processes.process import SubjectProcess
from bench.processes.subject import Subject, app_dir_of
from bench.records.workload import Workload
from brokers.errors import UsageError

__all__ = ["imported_by", "same_code"]

_START_S = 60.0


def imported_by(subject: Subject, workload: Workload, directory: Path) -> dict[str, str]:
    """Return a digest of each file of its repository that the subject imports, by relative path; no server is needed.

    Raises UsageError if the app cannot be imported, or if its code comes from elsewhere.
    """
    try:
        answer = _answer(subject, workload, directory)
    except SubjectFailed as error:
        raise UsageError(f"{subject.label} ({subject.spec}): {error.format_message()}") from error
    if "error" in answer:
        raise UsageError(f"{subject.label} ({subject.spec}): {answer['error']}")
    imported: dict[str, str] = answer["imported"]
    return imported


def _answer(subject: Subject, workload: Workload, directory: Path) -> dict[str, Any]:
    job = {
        "role": "imports",
        "import_path": [subject.app_dir or str(app_dir_of(workload)), *subject.import_path],
        "origin": subject.origin.job(),
        "keeps_configuration": workload.is_users,
        "kept_options": [],
        "app": workload.app,
        "task": workload.task,
        "settings": subject.broker.settings(subject.broker.local_url(), subject.profile),
    }
    own = directory / f"proof-{subject.label}"
    own.mkdir(parents=True)
    process = SubjectProcess(subject.interpreter, job, own / "import.log", hash_seed=0)
    try:
        return process.receive(_START_S)
    finally:
        process.end()


def same_code(subjects: Sequence[Subject], imported: Sequence[dict[str, str]]) -> list[str]:
    """Return a sentence if two sides at different references imported the same code."""
    if not any(subject.commit for subject in subjects) or imported[0] != imported[1]:
        return []
    a, b = (subject.commit[:12] or "the folder as it is" for subject in subjects)
    return [
        f"A ({a}) and B ({b}) import the same code: none of the {len(imported[0])} files that the app imports differs"
    ]
