"""Lays Celery settings over one another."""

from typing import Any

__all__ = ["overlay"]


def overlay(*several: dict[str, Any]) -> dict[str, Any]:
    """Return all settings, later ones over earlier ones; those that are tables, key by key, at every depth.

    A broker lays what reaches its server and names its queue over what a profile chooses. A subject's own settings go
    over the broker's, and a fault's over those.
    """
    whole: dict[str, Any] = {}
    for settings in several:
        for name, value in settings.items():
            below = whole.get(name)
            if isinstance(value, dict):
                value = overlay(below if isinstance(below, dict) else {}, value)  # noqa: PLW2901 - a copy in any case
            whole[name] = value
    return whole
