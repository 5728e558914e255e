"""What of a user's own limits its tasks: options and settings, and code that runs around each call and each task."""

from __future__ import annotations

from typing import Any, Iterator

from .around import named

__all__ = ["limits", "own_settings"]


def own_settings(app: Any) -> list[dict[str, Any]]:
    """Return what the app's own configuration sets that a job may override: it is called before that.

    These are how many tasks a worker runs at a time, and the seconds of the visibility timeout.
    """
    options = app.conf.get("broker_transport_options") or {}
    own = (
        _limit("concurrency", "worker_concurrency", _number(app.conf.get("worker_concurrency") or None)),
        _limit("visibility", "visibility_timeout", _number(options.get("visibility_timeout"))),
    )
    return [limit for limit in own if limit["value"]]


def limits(app: Any, task: Any) -> list[dict[str, Any]]:
    """Return what limits the task, as plain values: the ``kind``, the ``name`` by which its user knows it, its value.

    ``value`` is in tasks a second for a rate, in seconds for a time, in tasks or KiB for a child, and None if unknown
    or if there is none.
    """
    found = [*_rate(app, task), *_times(app, task), *_children(app)]
    return found + [_limit(kind, name) for kind in ("call", "run") for name in named(task, kind)]


def _limit(kind: str, name: str, value: float | None = None) -> dict[str, Any]:
    return {"kind": kind, "name": name, "value": value}


def _rate(app: Any, task: Any) -> Iterator[dict[str, Any]]:
    from celery.utils.time import rate

    if task.rate_limit:  # Celery has put its default into the task
        is_default = task.rate_limit == app.conf.task_default_rate_limit
        yield _limit("rate", "task_default_rate_limit" if is_default else "rate_limit", rate(task.rate_limit))


def _times(app: Any, task: Any) -> Iterator[dict[str, Any]]:
    for kind in ("time_limit", "soft_time_limit"):
        if own := getattr(task, kind, None):
            yield _limit(kind, kind, _number(own))
        elif everywhere := app.conf.get("task_" + kind):
            yield _limit(kind, "task_" + kind, _number(everywhere))
    if task.expires is not None:
        yield _limit("expires", "expires", _number(task.expires))


def _children(app: Any) -> Iterator[dict[str, Any]]:
    for name in ("worker_max_tasks_per_child", "worker_max_memory_per_child"):
        if value := app.conf.get(name):
            yield _limit("child", name, _number(value))


def _number(value: Any) -> float | None:
    """Return a number as it is; None for a date, or what else Celery accepts."""
    return float(value) if isinstance(value, (int, float)) else None
