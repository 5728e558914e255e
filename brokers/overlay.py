"""Merges Celery settings."""

from typing import Any

__all__ = ["overlay"]


def overlay(*several: dict[str, Any]) -> dict[str, Any]:
    """Return all settings, with later ones overriding earlier ones; tables are merged key by key, at every depth.

    A broker's settings for reaching its server and naming its queue override a profile's. A subject's own settings
    override the broker's, and a fault's override those.
    """
    whole: dict[str, Any] = {}
    for settings in several:
        for name, value in settings.items():
            below = whole.get(name)
            if isinstance(value, dict):
                value = overlay(below if isinstance(below, dict) else {}, value)  # noqa: PLW2901 - a copy in any case
            whole[name] = value
    return whole
