"""The apps beside this file: how each is named, and what is known of it."""

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SHAPES", "Shape"]

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shape:
    """An app of a user's, its task, and some of the settings that a measurement overrides in it."""

    folder: str
    app: str
    task: str
    args: list[object]
    overridden: frozenset[str]

    @property
    def app_dir(self) -> Path:
        return _HERE / self.folder

    @property
    def options(self) -> list[str]:
        named = ["--app", self.app, "--task", self.task, "--args", json.dumps(self.args)]
        return [*named, "--app-dir", str(self.app_dir)]


SHAPES = {
    "clash": Shape("clash", "tasks:app", "tasks.add", [2, 2], frozenset({"broker_url"})),
    "configured": Shape(
        "configured", "shop.app:app", "shop.buy", ["bread", 3], frozenset({"broker_url", "result_backend"})
    ),
    "routed": Shape(
        "routed",
        "orders.app:app",
        "orders.jobs.ship",
        [7],
        frozenset({"broker_url", "task_queues", "task_routes", "task_default_queue", "worker_send_task_events"}),
    ),
    "django": Shape(
        "django_project",
        "site_settings.celery:app",
        "mail.tasks.send",
        [1],
        frozenset({"broker_url", "result_backend", "task_default_queue", "task_routes"}),
    ),
    "old": Shape(
        "old",
        "legacy.celery:app",
        "legacy.celery.double",
        [21],
        frozenset({"broker_url", "task_default_queue", "task_routes"}),
    ),
}
