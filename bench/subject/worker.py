"""A real Celery worker with a record of what it ran."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import wraps
from typing import Any, Callable

from .answering import failure
from .application import facts, load, pin
from .around import time_runs_of
from .configuration import hold, with_numbers
from .delayed_delivery import declare_nothing_shared
from .endings import record_endings, record_entries, record_hearing
from .lending import PREFIX
from .limits import limits
from .loading import module_at
from .mailbox import name_mailbox
from .pipe import Pipe
from .privileges import refuse_root
from .probe import answer_when_asked
from .recorder import FINISHED, STARTED, Recorder
from .stamps import stamp_worker
from .variables import read_none
from .watching import Watch

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Become ``celery worker`` with the job's arguments; report to the harness when ready.

    A worker that is ``held`` loads the app, says so, and becomes one when the harness sends a message.
    """
    pin(job.get("starting_cores", []))
    if job.get("may_run_as_root"):  # Celery refuses to if a message can run code; strangers cannot send any here
        os.environ["C_FORCE_ROOT"] = "1"
    app = load(job)
    pin(job["cores"])
    name_mailbox(app, job)
    from celery import signals  # only after the app: its module may patch things first (gevent does)

    declare_nothing_shared()
    read_none()
    _hold_configuration(app, job)
    for path in job.get("patches", ()):
        module_at(path).apply(job["settings"])
    recorder = Recorder(job["records"])
    at_first = [Watch(job).look] if job.get("watched") else []

    def init(**_: object) -> None:
        for task in app.tasks.values():
            if job.get("dry") and not task.name.startswith(("celery.", PREFIX)):
                task.run = _nothing
            _record_runs(task, recorder, job.get("failures"), at_first)
        if "own_times" in job:
            _record_own_times(app.tasks[job["task"]], Recorder(job["own_times"]))

    hears = _record_around(app, job, recorder)
    signals.worker_init.connect(init, weak=False)  # now all tasks are known, and none is traced yet
    if "stamps" in job:  # one recorder for each directory: its files are named after processes
        stamp_worker(recorder if job["stamps"] == job["records"] else Recorder(job["stamps"]))

    _report_ready(app, job, pipe, hears)
    refuse_root(app)
    _wait_if_held(job, pipe)
    app.worker_main(["worker", *job["argv"]])


def _report_ready(app: Any, job: dict[str, Any], pipe: Pipe, hears: bool) -> None:
    """Tell the harness when the worker is ready; from then on, answer it if the job asks for that."""
    from celery import signals

    def ready(**_: object) -> None:
        pipe.send(event="ready", facts={**facts(app, job), "hears": hears})

    signals.worker_ready.connect(ready, weak=False)
    if job.get("probe"):
        signals.worker_ready.connect(answer_when_asked(pipe, app), weak=False)


def _wait_if_held(job: dict[str, Any], pipe: Pipe) -> None:
    """Let a held worker wait until the harness sends a message. Raises SystemExit if that is gone."""
    if job.get("held"):
        pipe.send(event="held")
        if pipe.receive() is None:
            raise SystemExit


def _record_around(app: Any, job: dict[str, Any], recorder: Recorder) -> bool:
    """Record what limits of the user's own end and, if code of its own runs around each task, what that lets run.

    Returns whether the main process records what it hears of, because it enforces a time limit.
    """
    record_endings(recorder)
    kinds = {limit["kind"] for limit in limits(app, app.tasks[job["task"]])}
    if "run" in kinds:
        record_entries(recorder)
    hears = bool(job.get("hears") and kinds & {"time_limit", "soft_time_limit"})
    if hears:
        record_hearing(recorder)
    return hears


def _record_own_times(task: Any, recorder: Recorder) -> None:
    """Record how long the user's own code around each run takes, as the time from a start to an end."""

    def tell(task_id: str, own_ns: int) -> None:
        recorder.record(task_id, STARTED)
        recorder.record(task_id, FINISHED, own_ns)

    time_runs_of(task, tell)


def _hold_configuration(app: Any, job: dict[str, Any]) -> None:
    """Override a user's configuration again whenever the worker has let the app change it."""
    from celery import signals

    if not job.get("keeps_configuration"):
        return
    settings, kept = with_numbers(job["settings"]), job["kept_options"]

    def held(**_: object) -> None:
        hold(app, settings, kept)

    for signal in (signals.celeryd_init, signals.worker_init, signals.worker_process_init):
        signal.connect(held, weak=False)


def _nothing(*_: object, **__: object) -> None:
    """Replace the body of a task that has side effects."""


def _record_runs(task: Any, recorder: Recorder, failures: str | None, at_first: list[Callable[[], None]]) -> None:
    """Record when this task starts and finishes, at half the cost of Celery's signals for that.

    A task has not finished if its process dies during it, or is made to abandon it. What the task raises is added to
    the file ``failures``, if there is one. What is in ``at_first`` is called once, after the process's first task.
    """
    run, record = task.run, recorder.record

    @wraps(run)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        task_id = task.request.id or ""  # none if another task calls this one
        record(task_id, STARTED)
        try:
            result = run(*args, **kwargs)
        except Exception as error:
            if failures:
                _write(failures, failure(error))
            record(task_id, FINISHED)
            raise
        finally:
            if at_first:
                with suppress(IndexError):  # another thread was faster
                    at_first.pop()()
        record(task_id, FINISHED)
        return result

    task.run = recorded


def _write(path: str, line: str) -> None:
    with open(path, "a", encoding="utf-8", errors="replace") as file:
        file.write(" ".join(line.split()) + "\n")
