"""Makes one comparison of all that the tests of a session measure, so that all have their turns in the same blocks.

A test's subject is measured with the test's own workload. Tests of the same subject and workload share its processes.
"""

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from bench.commands.app import interpreter_at
from bench.commands.network_options import NetworkOptions
from bench.commands.options import random_seed
from bench.compare.request import Comparison
from bench.engine.schedule import budget_s
from bench.for_pytest.request import AskedTest, Request
from bench.gate.again import Guard
from bench.gate.checks import allowed_kinds
from bench.gate.limits import read_limits
from bench.processes.subject import Subject, label_subjects, read_subject
from bench.records.margin import share
from bench.records.result import read_result
from bench.records.strict import checked
from bench.records.workload import Workload, load_workload
from brokers.defaults import default_subjects
from brokers.errors import UsageError
from brokers.secrets import keep_paths

__all__ = ["chosen_subjects", "comparison_of", "guard_of"]

_MOST_CHARACTERS = 32  # of a task's call in a subject's label
_WARM_UP_ONLY_S = 0.0


def chosen_subjects(request: Request) -> list[Subject]:
    """Return the subjects that the session measures. Raises UsageError if an option is wrong."""
    _budget_s(request)
    texts = request.brokers.split(",") if request.brokers else []
    try:
        chosen = [read_subject(text) for text in texts] or default_subjects()
    except ValueError as error:
        raise UsageError(f"--brokers: {error}") from error
    return label_subjects(chosen, _shared(request))


def _shared(request: Request) -> Workload:
    """Return the session's workload, at the distance that the options name."""
    chosen = {name: getattr(request, name) for name in ("rtt", "jitter", "bandwidth", "stall")}
    return NetworkOptions(**chosen).over(load_workload(request.workload))


def comparison_of(request: Request, guard: Guard | None) -> tuple[Comparison, dict[str, str]]:
    """Return what to measure, and the label of each test's subject, by the test's id.

    Raises UsageError when it cannot be measured.
    """
    shared = _shared(request)
    if shared.sweep:
        raise UsageError(f"{shared.name!r} varies {next(iter(shared.sweep))}: measure it with 'brokerbench compare'")
    chosen = {subject.label: subject for subject in chosen_subjects(request)}
    found: dict[str, Subject] = {}
    labels = {}
    for test in request.tests or []:
        subject = _subject_of(test, chosen[test.subject], shared, request)
        known = found.get(subject.label, subject)
        found[subject.label] = replace(known, metrics=tuple(dict.fromkeys([*known.metrics, test.metric])))
        labels[test.id] = subject.label
    seed = guard.baseline.seed if guard and request.seed is None else request.seed
    comparison = Comparison(
        subjects=list(found.values()),
        workload=shared if any(one.workload is None for one in found.values()) else _of_each_test(shared, request),
        metrics=list(dict.fromkeys(metric for subject in found.values() for metric in subject.metrics)),
        budget_s=_WARM_UP_ONLY_S if request.only_warms_up else _budget_s(request),
        seed=random_seed() if seed is None else seed,
    )
    comparison.check()
    return comparison, labels


def guard_of(request: Request) -> Guard | None:
    """Return the baseline with its limits; None without a baseline, or when nothing is measured."""
    if request.baseline is None:
        if request.limits or request.max_regression or request.allow:
            raise UsageError("limits and allowed differences need a baseline: use --brokerbench-baseline FILE")
        return None
    worse = _read(partial(share, what="limit"), request.max_regression) if request.max_regression else None
    guard = Guard(
        baseline=read_result(Path(request.baseline)),
        limits=read_limits(Path(request.limits) if request.limits else None, worse),
        allowed=allowed_kinds(request.allow),
    )
    return None if request.only_warms_up else guard


def _subject_of(test: AskedTest, subject: Subject, shared: Workload, request: Request) -> Subject:
    """Return the test's subject, with the test's own workload unless that is the session's."""
    own = _workload_of(test, shared, request)
    if own.is_users:
        python = interpreter_at(request.python, "brokerbench_python") or subject.interpreter
        subject = replace(subject, interpreter=python, import_path=tuple(request.import_path))
    if own == shared:
        return subject
    return replace(subject, label=f"{subject.label} {own.name}", workload=own)


def _workload_of(test: AskedTest, shared: Workload, request: Request) -> Workload:
    changes: dict[str, Any] = {
        name: value for name in ("concurrency", "pool") if (value := getattr(test, name)) is not None
    }
    if test.task is not None:
        keep_paths(" ".join((str(request.app), test.task, *request.include)))
        changes |= {"app": request.app, "app_dir": request.app_dir, "include": request.include, "payload_bytes": 0}
        changes |= {"task": test.task, "args": test.args, "kwargs": test.kwargs}
    if all(getattr(shared, name) == value for name, value in changes.items()):
        return shared
    return checked(Workload, shared.model_dump() | changes | {"name": _name(test, shared)}, test.id)


def _name(test: AskedTest, shared: Workload) -> str:
    """Return the name of a test's workload, which depends on nothing else that is measured: ``add(2, 2) x4``."""
    values = [json.dumps(one) for one in test.args]
    values += [f"{name}={json.dumps(one)}" for name, one in test.kwargs.items()]
    task = test.task or shared.task
    call = f"{task.rpartition('.')[2]}({', '.join(values)})"
    if len(call) > _MOST_CHARACTERS:
        digest = hashlib.sha256(call.encode()).hexdigest()[:6]
        call = f"{call[:_MOST_CHARACTERS]}... {digest}"
    return f"{call}{f' x{test.concurrency}' if test.concurrency else ''}{f' {test.pool}' if test.pool else ''}"


def _of_each_test(shared: Workload, request: Request) -> Workload:
    """Return the workload that a result names if each of its subjects has its own."""
    own = {"name": "pytest", "summary": "each test's own task", "task": "each test's own task"}
    return shared.model_copy(update=own | ({"app": request.app, "app_dir": request.app_dir} if request.app else {}))


def _budget_s(request: Request) -> float:
    return _read(budget_s, request.budget)


def _read(read: Any, text: str) -> float:
    """Return the number that a text stands for. Raises UsageError if it is not one."""
    try:
        return float(read(text))
    except ValueError as error:
        raise UsageError(str(error)) from error
