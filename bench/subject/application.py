"""Loads a job's Celery app, applies the job's settings, and reports the outcome."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from typing import Any, Iterable

from .configuration import connect_again, override, replace, settle, with_numbers
from .delayed_delivery import send_nothing_shared
from .detour import lead
from .finding import find_app, find_task, include
from .lending import lend
from .libraries import explaining
from .limits import limits, own_settings
from .origin import Origin
from .variables import lead_here

__all__ = ["facts", "load", "pin", "plain"]

_DISTRIBUTIONS = ("celery", "kombu", "billiard", "vine")
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


def pin(cores: list[int]) -> None:
    """Keep this process with all its threads, and its later children, on these cores, if the system can."""
    if not (cores and hasattr(os, "sched_setaffinity")):
        return
    for thread in os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else ["0"]:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), cores)


def load(job: dict[str, Any]) -> Any:
    """Import the job's app and return it with the job's settings, which replace or override its own.

    The names of overridden settings that had another value are then in ``job["overridden"]``. In a job that ``lends``,
    that key names the folder of a task module, and the app then has that module's tasks as well. Raises WrongApp if the
    app or the task does not exist, WrongCode if the code is not of the job's origin, and BrokenEnvironment if libraries
    cannot be imported together.
    """
    origin = Origin(**job.get("origin", {}))
    origin.redirect()
    with explaining(), origin.explaining():
        app = _load(job)
    origin.check(job["app"].partition(":")[0])
    for detour in job.get("detours", ()):  # only now: the app may replace what looks hosts up (gevent does)
        lead(**detour)
        connect_again(app)
    return app


def _load(job: dict[str, Any]) -> Any:
    sys.path[:0] = job["import_path"]
    app = find_app(job["app"])
    keeps = job.get("keeps_configuration")
    settings = with_numbers(job["settings"])
    job["own_settings"] = own_settings(app) if keeps else []
    job["own_worker"] = plain(app, ("worker_concurrency", "worker_pool")) if keeps else {}
    overridden = _override(app, job) if keeps else replace(app, settings)
    app.loader.import_default_modules()
    for module in job.get("include", ()):
        include(app, module)
    app.finalize()
    send_nothing_shared()
    task = find_task(app, job)
    if keeps:  # the app's modules may have configured it further
        overridden += [*_override(app, job), *settle(app, job["settings"], task)]
    job["overridden"] = sorted(set(overridden))
    if "broadcast" in job:
        _add_broadcast(app, job["broadcast"], job.get("broadcast_queue"))
    for each in app.tasks.values():  # a task's own queue would lead to other users of the server
        each.queue = each.exchange = each.routing_key = None
    if "lends" in job:
        lend(app, job["lends"], task)
    return app


def _override(app: Any, job: dict[str, Any]) -> list[str]:
    """Override the app's configuration, and only then its variables: the configuration may be read from them."""
    names = override(app, with_numbers(job["settings"]), job["kept_options"])
    return names + lead_here(job["settings"])


def _add_broadcast(app: Any, name: str, queue: str | None) -> None:
    """Make that name stand for a queue of this process alone, on a fanout exchange of that name.

    A process that consumes needs a ``queue`` that the harness named: the harness can delete what it knows.
    """
    from kombu.common import Broadcast

    app.amqp.queues.add(Broadcast(name, queue=queue or name, unique=queue is None))


def facts(app: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return the interpreter, the libraries' versions and the relevant settings. The harness hides secrets in them."""
    with explaining():
        transport = app.connection_for_write().transport.driver_name
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "versions": _versions(job.get("client_libraries", ())),
        "transport": transport,
        "overridden": job["overridden"],
        "limits": limits(app, app.tasks[job["task"]]) + job["own_settings"],
        "settings": plain(app, _SETTINGS),
    }


def _versions(client_libraries: Iterable[str]) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in (*_DISTRIBUTIONS, *client_libraries):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def plain(app: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the settings that Celery has under these names, as JSON values."""
    return {name: _plain(app.conf.get(name)) for name in names if name in app.conf}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
