"""Loads the Celery app of a job, gives it the job's settings, and tells what came of it."""

from __future__ import annotations

import importlib
import os
import platform
import re
import sys
from typing import Any

__all__ = ["facts", "load", "pin"]

_DISTRIBUTIONS = (
    "celery",
    "kombu",
    "billiard",
    "vine",
    "amqp",
    "redis",
    "hiredis",
    "boto3",
    "botocore",
    "pycurl",
)
_SETTINGS = (
    "accept_content",
    "broker_connection_timeout",
    "broker_heartbeat",
    "broker_pool_limit",
    "broker_transport_options",
    "result_backend",
    "task_acks_late",
    "task_compression",
    "task_default_delivery_mode",
    "task_default_queue",
    "task_default_queue_type",
    "task_ignore_result",
    "task_protocol",
    "task_publish_retry",
    "task_reject_on_worker_lost",
    "task_serializer",
    "worker_concurrency",
    "worker_detect_quorum_queues",
    "worker_disable_prefetch",
    "worker_enable_remote_control",
    "worker_max_tasks_per_child",
    "worker_pool",
    "worker_prefetch_multiplier",
)
_KEPT = {"imports", "include", "deprecated_settings"}  # the last is no setting: Celery keeps it among them
_SECRET_NAME = re.compile("pass|secret|token|access_key", re.IGNORECASE)
_USERINFO = re.compile(r"://\S*@")


def pin(cores: list[int]) -> None:
    """Keep this process and its children on these cores, where the system can."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def load(job: dict[str, Any]) -> Any:
    """Import the job's app and put the job's settings in the place of the app's own configuration."""
    sys.path[:0] = job["import_path"]
    module_name, _, attribute = job["app"].partition(":")
    app = getattr(importlib.import_module(module_name), attribute or "app")
    _configure(app, job["settings"])
    app.loader.import_default_modules()
    app.finalize()
    if "broadcast" in job:
        _add_broadcast(app, job["broadcast"])
    for task in app.tasks.values():  # a task's own queue would lead to a server's other users
        task.queue = task.exchange = task.routing_key = None
    return app


def _add_broadcast(app: Any, name: str) -> None:
    """Let that name stand for a queue of this process alone, on a fanout exchange of that name."""
    from kombu.common import Broadcast

    app.amqp.queues.add(Broadcast(name, queue=name, unique=True))


def _configure(app: Any, settings: dict[str, Any]) -> None:
    """Replace the app's configuration; what it was given by ``Celery(...)`` or ``app.conf`` would go before ours.

    Only the names of the modules that its tasks are in are kept.
    """
    app.namespace = None
    app.config_from_object(settings, force=True)
    for name in set(app.conf.changes) - _KEPT:
        del app.conf[name]


def facts(app: Any) -> dict[str, Any]:
    """Tell the interpreter, the libraries' versions and the settings that matter, none of them a secret."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "versions": _versions(),
        "transport": app.connection_for_write().transport.driver_name,
        "settings": {name: _plain(app.conf.get(name)) for name in _SETTINGS if name in app.conf},
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, name) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return "***" if _SECRET_NAME.search(name) else _USERINFO.sub("://***@", str(value))
