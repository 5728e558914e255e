"""Overrides an app's settings with a job's, so that none of them leads to another server or queue."""

from __future__ import annotations

from typing import Any, Iterable

__all__ = ["connect_again", "hold", "naming", "override", "own_options", "replace", "settle", "with_numbers"]

_KEPT = {"imports", "include", "deprecated_settings"}  # the last is not a setting, but Celery keeps it among them
_LEAD_NOWHERE = (
    "accept_",
    "beat_",
    "enable_",
    "event_",
    "imports",
    "include",
    "security_",
    "task_",
    "timezone",
    "worker_",
)
"""Prefixes of settings. All other settings belong to the broker, remote control, or some result backend."""
_ARE_SAFE = {
    "broker_channel_error_retry",
    "broker_connection_max_retries",
    "broker_connection_retry",
    "broker_connection_retry_on_startup",
    "broker_connection_timeout",
    "broker_heartbeat",
    "broker_heartbeat_checkrate",
    "broker_pool_limit",
    "result_accept_content",
    "result_compression",
    "result_serializer",
}
_OPTIONS = "broker_transport_options"
_ALSO_LEAD_ELSEWHERE = (
    "task_always_eager",
    "task_create_missing_queue_exchange_type",
    "task_create_missing_queue_type",
    "task_create_missing_queues",
    "task_default_exchange",
    "task_default_exchange_type",
    "task_default_queue",
    "task_default_queue_type",
    "task_default_routing_key",
    "task_queue_ha_policy",
    "task_queue_max_priority",
    "task_queues",
    "task_routes",
    "task_send_sent_event",
    "worker_direct",
    "worker_pool_start_method",  # children that are not forked would not record their tasks
    "worker_send_task_events",
    "worker_state_db",
)


def with_numbers(settings: dict[str, Any]) -> dict[str, Any]:
    """Restore the socket options whose names are numbers, which JSON had turned into texts."""
    return dict(settings, **{_OPTIONS: _with_numbers(settings.get(_OPTIONS, {}))})


def _with_numbers(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {int(key) if key.isdigit() else key: _with_numbers(inner) for key, inner in value.items()}


def replace(app: Any, settings: dict[str, Any]) -> list[str]:
    """Replace the app's configuration: what ``Celery(...)`` or ``app.conf`` set would override ours.

    Only the names of the modules that contain its tasks are kept.
    """
    app.namespace = None
    app.config_from_object(settings, force=True)
    for name in set(app.conf.changes) - _KEPT:
        del app.conf[name]
    return []


def override(app: Any, settings: dict[str, Any], kept_options: Iterable[str] = ()) -> list[str]:
    """Override the app's own settings, and reset to Celery's defaults those that would lead elsewhere.

    The app keeps the transport options named in ``kept_options``. Returns the names of the settings that had another
    value.
    """
    from celery.app.defaults import DEFAULTS

    ours = _ours(app, settings, kept_options)
    own = {name: app.conf.get(name) for name in ours}
    hold(app, settings, kept_options)
    _forget_connections(app)
    return sorted(name for name, value in own.items() if _was_overridden(value, ours[name], DEFAULTS.get(name)))


def hold(app: Any, settings: dict[str, Any], kept_options: Iterable[str] = ()) -> None:
    """Override the app's settings again, which it may have changed since. Its queues stay as they are."""
    for name, value in _ours(app, settings, kept_options).items():
        _put(app.conf, name, value)


def _ours(app: Any, settings: dict[str, Any], kept_options: Iterable[str]) -> dict[str, Any]:
    """Return what the app's settings become; loads its configuration."""
    from celery.app.defaults import DEFAULTS

    elsewhere = {name: DEFAULTS[name] for name in DEFAULTS if _leads_elsewhere(name)}
    kept = {name: value for name, value in (app.conf.get(_OPTIONS) or {}).items() if name in kept_options}
    return {**elsewhere, **settings, _OPTIONS: {**kept, **settings[_OPTIONS]}}


def _forget_connections(app: Any) -> None:
    """Make the app forget the queues, the connections and the result backend that it used while it was imported."""
    app._pool = app._backend_cache = None
    for name in ("amqp", "backend"):  # the latter before Celery 5
        app.__dict__.pop(name, None)
    getattr(app, "_local", app).__dict__.pop("backend", None)


def connect_again(app: Any) -> None:
    """Close the connections that were opened while the app was imported: kombu keeps them by their URL."""
    from kombu import pools

    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


def settle(app: Any, settings: dict[str, Any], measured: Any) -> list[str]:
    """Make the settings override each task's own options where a setting is the default of such an option.

    Returns the names of the settings that the task ``measured`` had set to another value.
    """
    from celery.app.defaults import DEFAULTS

    ours = {option: name for option, name in _pairs(measured) if name in settings}
    own = {name: getattr(measured, option, None) for option, name in ours.items()}
    for task in app.tasks.values():
        if not task.name.startswith("celery."):
            for option, name in ours.items():
                setattr(task, option, settings[name])
        if not isinstance(getattr(type(task), "backend", None), property):  # it has its own
            task.backend = app.backend
    return [name for name, value in own.items() if value not in (None, settings[name], DEFAULTS.get(name))]


def naming(app: Any) -> dict[str, Any]:
    """Return how the app writes its settings: its ``prefix``, and whether they have their ``old`` names."""
    return {"prefix": app.conf.prefix or "", "old": "broker_url" not in app.conf.maps[-1]}


def own_options(app: Any, task: Any) -> dict[str, Any]:
    """Return the task's own options that override the app's settings, under the names of these settings."""
    own = {name: getattr(task, option, None) for option, name in _pairs(task)}
    return {name: value for name, value in own.items() if value is not None and value != app.conf.get(name)}


def _pairs(task: Any) -> tuple[tuple[str, str], ...]:
    """Return each option of a task whose default is a setting, with the name of that setting."""
    return (*task.from_config, ("delivery_mode", "task_default_delivery_mode"))


def _was_overridden(own: Any, ours: Any, default: Any) -> bool:
    if isinstance(own, dict) and isinstance(ours, dict):
        return any(name not in ours or ours[name] != value for name, value in own.items())
    return own not in (ours, default)


def _leads_elsewhere(name: str) -> bool:
    return name in _ALSO_LEAD_ELSEWHERE or not (name.startswith(_LEAD_NOWHERE) or name in _ARE_SAFE)


def _put(conf: Any, name: str, value: Any) -> None:
    """Set a setting under each name by which Celery looks for it: the prefixed one and the old one."""
    for key in conf._to_keys(name):
        conf.changes[key] = value
