"""Keeps a subject out of native delayed delivery, whose queues all apps on a RabbitMQ server share.

With quorum queues, each Celery worker from 5.5 on declares 28 queues and 29 exchanges under fixed names. A run must
not: it could never delete them, because another app may use them at any moment. They carry only the delayed tasks of
topic exchanges, and a subject's own exchange is a direct one, so nothing that is measured passes through them.
"""

from __future__ import annotations

from typing import Any

__all__ = ["declare_nothing_shared", "send_nothing_shared"]


def send_nothing_shared() -> None:
    """Make ``apply_async`` raise RuntimeError where it would send a task through the shared queues."""
    from celery.app import base

    if hasattr(base, "calculate_routing_key"):  # what Celery calls only for such a task
        base.calculate_routing_key = _refuse


def declare_nothing_shared() -> None:
    """Keep a worker that is started after this from declaring shared queues."""
    try:
        from celery.worker.consumer.delayed_delivery import DelayedDelivery
    except ImportError:  # Celery before 5.5
        return
    DelayedDelivery.include_if = _never


def _never(*_: Any) -> bool:
    return False


def _refuse(*_: Any) -> str:
    raise RuntimeError(
        "delayed tasks of a topic exchange go through queues that all apps on the server share: "
        "set task_default_exchange_type to direct"
    )
