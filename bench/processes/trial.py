"""Tries a user's app before any server boots: a wrong app or task is the user's mistake, and costs no time."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from bench.processes.errors import WrongApp
from bench.processes.launcher import Launcher
from bench.processes.pair import START_S
from bench.processes.platform import CorePlan
from bench.processes.subject import Subject
from bench.records.workload import Workload
from brokers.deadline import Pending
from brokers.errors import BrokerbenchError
from brokers.memory import Memory
from brokers.registry import split_subject
from brokers.workspace import Workspace

__all__ = ["look_at_app", "try_app"]

_NAME = "trial"  # of its process, and of its log


def try_app(subjects: Sequence[Subject], workload: Workload, workspace: Workspace) -> None:
    """Import a user's app in each subject's interpreter, from its folder, and look for the task.

    One process tries it for all subjects that have these in common, and none for those that are ``tried`` already. Its
    broker is in memory, so it connects to nothing. Raises WrongApp with one line.
    """
    alike: dict[tuple[str, str | None, str], list[Subject]] = {}
    for subject in [subject for subject in subjects if not subject.tried]:
        own = subject.workload or workload
        if own.is_users:
            alike.setdefault((subject.interpreter, subject.app_dir, _called(own)), []).append(subject)
    with ExitStack() as ends:
        trials = [(same, Pending(partial(_refusal, same[0], workload, workspace, ends))) for same in alike.values()]
        found = [([subject.label for subject in same], trial.result()) for same, trial in trials]
    refused = [(labels, reason) for labels, reason in found if reason]
    if refused:
        labels = [label for same, _ in refused for label in same]
        reasons = _reasons(refused, everywhere=len(labels) == len(subjects))
        raise WrongApp(reasons, labels)


def look_at_app(subject: Subject, workload: Workload, workspace: Workspace, asks: Iterable[str]) -> dict[str, Any]:
    """Import a user's app as a measurement does, and return how it is configured.

    ``naming`` is how it writes its settings (``bench.subject.configuration.naming``), ``settings`` what a measurement
    has under the names that it ``asks`` for, except for what the subject's own settings and its profile override, and
    ``of_task`` those that the task's own options override. ``own_worker`` has the app's own pool and concurrency, which
    a measurement never has, and ``limits`` are what limits the task.
    Raises SubjectFailed if the app cannot be imported.
    """
    with ExitStack() as ends:
        own = {"kept_options": sorted(subject.broker.kept_options), "asks": sorted(asks)}
        return _trial(subject, workload, workspace, ends, **own)


def _called(workload: Workload) -> str:
    """Return what of a workload a trial looks at: the app, the task and its arguments."""
    return workload.model_dump_json(include={"app", "app_dir", "include", "task", "args", "kwargs", "payload_bytes"})


def _refusal(subject: Subject, workload: Workload, workspace: Workspace, ends: ExitStack) -> str:
    """Return why the subject's app cannot be measured, in one line; empty if it can."""
    workload = subject.workload or workload
    try:
        _trial(subject, workload, workspace, ends)
    except WrongApp as error:  # it says what to name instead
        return error.format_message()
    except BrokerbenchError as error:
        reason, *log = error.format_message().removeprefix(f"its {_NAME} failed: ").splitlines()
        place = "there at its commit" if subject.app_dir else f"in {workload.app_dir}"  # a checkout does not stay
        remedy = f"try 'celery -A {workload.app} report' {place}"
        if "No module named 'celery'" in reason:
            remedy = f"install Celery for {subject.interpreter}, or name the app's interpreter with --python"
        return "\n".join((f"{workload.app} cannot be imported: {reason}; {remedy}", *log))
    return ""


def _trial(subject: Subject, workload: Workload, workspace: Workspace, ends: ExitStack, **job: Any) -> dict[str, Any]:
    """Import the app with its broker in memory, and return what the process reports."""
    broker, profile = split_subject(Memory.name)
    launcher = Launcher(
        subject=replace(subject, broker=broker, profile=profile),
        server=broker.inspect(broker.local_url()),
        workload=workload,
        workspace=workspace,
        cores=CorePlan(),
        hash_seed=0,
        import_path=workload.app_dir or "",
    )
    ends.callback(launcher.end)
    process = launcher.start(_NAME, "brokerbench-trial", role="trial", cores=(), **job)
    return process.wait_until_ready(START_S)


def _reasons(refused: Sequence[tuple[list[str], str]], *, everywhere: bool) -> str:
    reasons = dict.fromkeys(reason for _, reason in refused)
    if everywhere and len(reasons) == 1:
        return next(iter(reasons))
    return "; ".join(f"{', '.join(labels)}: {reason}" for labels, reason in refused)
