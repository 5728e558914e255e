"""The Celery configuration module that the environment variable BROKER selects.

``app.config_from_object("brokers.config")`` reads this module's lower-case names. BROKER takes
``broker[:profile]``; the server is the user's (REDIS_URL, RABBITMQ_URL, SQS_URL) or the broker's standard
local address.
"""

import os

from brokers.errors import UsageError
from brokers.protocol import Settings
from brokers.registry import installed_brokers, split_subject

__all__ = ["refuse_overrides", "selected_settings"]

_OVERRIDES = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")


def refuse_overrides() -> None:
    """Raise UsageError when a variable is set with which Celery silently overrides every setting."""
    for name in _OVERRIDES:
        if os.environ.get(name):
            raise UsageError(f"{name} is set and would silently override the broker: run 'unset {name}' first")


def selected_settings() -> Settings:
    """Give the Celery settings of the broker that BROKER names. Raises UsageError; nothing is guessed."""
    refuse_overrides()
    subject = os.environ.get("BROKER")
    if not subject:
        raise UsageError(f"BROKER is not set: set it to broker[:profile]; installed: {', '.join(installed_brokers())}")
    broker, profile = split_subject(subject)
    return {
        "broker_connection_retry_on_startup": True,
        **broker.settings(broker.local_url(), profile),
    }


globals().update(selected_settings())
