"""Which Celery settings may be chosen for a subject, by name."""

from difflib import get_close_matches

from celery.app.defaults import DEFAULTS, NAMESPACES, flatten

from brokers.registry import reserved_options

__all__ = ["check_setting", "check_transport_option", "kind_of_setting"]

_NOT_ITS_OWN = frozenset(
    {
        "broker_read_url",
        "broker_url",
        "broker_write_url",
        "result_backend",
        "task_always_eager",
        "task_create_missing_queues",
        "task_default_exchange",
        "task_default_queue",
        "task_default_queue_type",
        "task_default_routing_key",
        "task_queues",
        "task_routes",
        "worker_concurrency",
        "worker_pool",
    }
)
_NAMES = frozenset(
    {
        "control_exchange",
        "control_queue_durable",
        "control_queue_exclusive",
        "control_queue_expires",
        "event_exchange",
        "event_queue_durable",
        "event_queue_exclusive",
        "event_queue_expires",
        "event_queue_prefix",
        "worker_direct",
    }
)
"""Settings that would give something of a run a name that is not its own, or leave it on the server."""
_KINDS: dict[str, str] = {name: getattr(option.type, "__name__", option.type) for name, option in flatten(NAMESPACES)}


def check_setting(name: str) -> None:
    """Raise ValueError if Celery has no such setting, or if something else determines it."""
    if name not in DEFAULTS:
        near = get_close_matches(name, DEFAULTS, n=1)
        raise ValueError(f"Celery has no setting named {name!r}{f': did you mean {near[0]!r}?' if near else ''}")
    if name in _NOT_ITS_OWN:
        raise ValueError(f"{name!r} is set by the subject, 'pool' or 'concurrency': leave it out")
    if name in _NAMES:
        raise ValueError(f"{name!r} is set for the run's own queues: leave it out")


def check_transport_option(name: str) -> None:
    """Raise ValueError if the option determines where a run's queues are."""
    if name in reserved_options():
        raise ValueError(f"'broker_transport_options.{name}' is set for the run's own queues: leave it out")


def kind_of_setting(name: str) -> str:
    """Return the type that Celery declares for the setting: ``int``, ``bool``, ``dict``, ``string`` and others."""
    return _KINDS[name]
