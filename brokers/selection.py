"""Reads which broker the environment selects, and refuses variables that would silently override it."""

import os
from collections.abc import Mapping

from brokers.errors import UsageError
from brokers.protocol import Settings
from brokers.registry import installed_brokers, split_subject

__all__ = ["overrides", "refuse_overrides", "selected_settings"]

_OVERRIDES = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")


def overrides(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the set variables with which Celery silently overrides every setting."""
    return [name for name in _OVERRIDES if environ.get(name)]


def refuse_overrides() -> None:
    """Raise UsageError if a variable is set with which Celery silently overrides every setting."""
    for name in overrides(os.environ):
        raise UsageError(f"{name} is set and would silently override the broker: run 'unset {name}' first")


def selected_settings() -> Settings:
    """Return the Celery settings of the broker that BROKER names. Raises UsageError; never guesses."""
    refuse_overrides()
    subject = os.environ.get("BROKER")
    if not subject:
        raise UsageError(f"BROKER is not set: set it to broker[:profile]; installed: {', '.join(installed_brokers())}")
    broker, profile = split_subject(subject)
    return {
        "broker_connection_retry_on_startup": True,
        **broker.settings(broker.local_url(), profile),
    }
