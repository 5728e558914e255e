"""Changes the environment variables that lead Celery to an app's own broker or result backend.

Celery reads them at every connection, before every setting. They are changed and not removed, because a module of
the app that is imported later may read them as well.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["lead_here", "read_none"]

_BROKER = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
_BACKEND = "CELERY_RESULT_BACKEND"


def lead_here(settings: dict[str, Any]) -> list[str]:
    """Make the set ones of these variables agree with the settings, and return the names of those that did not."""
    here = dict.fromkeys(_BROKER, settings["broker_url"])
    here[_BACKEND] = settings.get("result_backend") or "disabled://"
    changed = [name for name, value in here.items() if os.environ.get(name) not in (None, "", value)]
    os.environ.update({name: here[name] for name in changed})
    return changed


def read_none() -> None:
    """Keep the command line of Celery's worker from reading BROKER_URL, APP and other variables without a prefix."""
    try:
        from celery.bin.celery import celery
    except ImportError:  # Celery before 5
        return
    for parameter in celery.params:
        parameter.envvar = None
