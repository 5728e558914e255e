"""Lends the project's tasks to a user's app, each as likely to be lost or kept as one of the user's own tasks."""

from __future__ import annotations

import importlib
import sys
import types
from functools import partial
from typing import Any, Callable

__all__ = ["PREFIX", "lend"]

PREFIX = "brokerbench."
"""The prefix of lent tasks' names, instead of the package's name."""
_PACKAGE = "_brokerbench_tasks"  # a name that no user's module has
_DECIDE_DELIVERY = (
    "Request",
    "Strategy",
    "acks_late",
    "acks_on_failure",
    "acks_on_failure_or_timeout",
    "acks_on_timeout",
    "compression",
    "default_retry_delay",
    "delivery_mode",
    "expires",
    "ignore_result",
    "immediate",
    "mandatory",
    "max_retries",
    "priority",
    "reject_on_worker_lost",
    "retry_on_worker_lost",
    "serializer",
    "soft_time_limit",
    "store_errors_even_if_ignored",
    "time_limit",
    "track_started",
)


def lend(app: Any, folder: str, like: Any) -> None:
    """Register the tasks of the task module in that folder with the app, under names that begin with ``PREFIX``.

    They take over those options of the task ``like`` that decide whether it is lost or kept. The module is imported
    under a private name, with an app that lends its tasks instead of its own: the user may have a package ``tasks``.
    """
    application: Any = types.ModuleType(_PACKAGE + ".application")
    application.app = _Lender(app, like)
    package = types.ModuleType(_PACKAGE)
    package.__path__ = [folder]
    sys.modules.update({_PACKAGE: package, application.__name__: application})
    importlib.import_module(_PACKAGE + ".jobs")


class _Lender:
    """Stands in for the task module's app: registers each of the module's tasks with a user's app."""

    def __init__(self, app: Any, like: Any) -> None:
        self._app = app
        self._like = like

    def task(self, name: str, **own: Any) -> Callable[[Any], Any]:
        """Decorate a function, as an app's method of this name does."""
        return partial(self._lend, PREFIX + name.rpartition(".")[2], own)

    def _lend(self, name: str, own: dict[str, Any], function: Any) -> Any:
        from celery import Task

        # the app's own base may have side effects, and every other app would have a shared task as well
        task = self._app.task(function, name=name, base=Task, shared=False, **own)
        for option in _DECIDE_DELIVERY:
            if option not in own and hasattr(self._like, option):
                setattr(task, option, getattr(self._like, option))
        return task
