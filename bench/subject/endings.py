"""Records which tasks a worker ends because of a limit of the user's own: a time limit, or a time to expire.

Celery's main process enforces them, and what it does there is the evidence; a setting alone is none.
"""

from __future__ import annotations

from typing import Any

from .recorder import ENTERED, EXPIRED, HEARD, SOFT_LIMITED, TIME_LIMITED, Recorder

__all__ = ["record_endings", "record_entries", "record_hearing"]


def record_endings(recorder: Recorder) -> None:
    """Record from now on each task that this worker kills or warns at a time limit, or discards as expired."""
    from celery import signals
    from celery.worker import request, state

    patched: Any = request.Request
    on_timeout, record = patched.on_timeout, recorder.record

    def recorded_timeout(self: Any, soft: Any, timeout: Any) -> Any:
        if timeout and state.should_terminate in (None, False):  # a cold shutdown ends tasks in the same way
            record(self.id, SOFT_LIMITED if soft else TIME_LIMITED)
        return on_timeout(self, soft, timeout)

    def revoked(request: Any = None, expired: bool = False, **_: object) -> None:
        if expired:
            record(request.id or "", EXPIRED)

    patched.on_timeout = recorded_timeout
    signals.task_revoked.connect(revoked, weak=False)


def record_entries(recorder: Recorder) -> None:
    """Record each task that a process of the worker is about to run, whether or not code around it lets it run."""
    from celery import signals

    def entered(task_id: str | None = None, **_: object) -> None:
        recorder.record(task_id or "", ENTERED)

    signals.task_prerun.connect(entered, weak=False)


def record_hearing(recorder: Recorder) -> None:
    """Record when the main process hears from a prefork pool that a task has ended: its time limits end then."""
    from billiard.pool import ApplyResult

    patched: Any = ApplyResult
    settle, record = patched._set, recorder.record

    def heard(self: Any, *args: Any) -> None:
        settle(self, *args)
        record(self.correlation_id or "", HEARD)

    patched._set = heard
