"""The apps beside this file: how each is named, and what is known of it."""

import json
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SHAPES", "Shape"]

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shape:
    """An app of a user's, its task, and some of the settings that a measurement overrides in it.

    ``environment`` are the variables that it needs, ``requirements`` the packages beside Celery. Its broker is measured
    on ``subject``. If a figure of it is limited by its own settings, ``limited_by`` is in the words about that.
    """

    folder: str
    app: str
    task: str
    args: list[object]
    overridden: frozenset[str]
    environment: dict[str, str] = field(default_factory=dict)
    requirements: str = ""
    subject: str = "redis"
    limited_by: str = ""
    budget: str = "18s"

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
        requirements="django",
    ),
    "old": Shape(
        "old",
        "legacy.celery:app",
        "legacy.celery.double",
        [21],
        frozenset({"broker_url", "task_default_queue", "task_routes"}),
        requirements="celery==4.4.3 redis==3.5.3 vine<5",
    ),
    "flask factory": Shape(
        "flask_factory",
        "make_celery:celery_app",
        "portal.jobs.greet",
        ["reader"],
        frozenset({"broker_url", "result_backend"}),
        requirements="flask",
    ),
    "fastapi": Shape(
        "fastapi_service",
        "service.worker",
        "create_task",
        [1],
        frozenset({"broker_url", "result_backend"}),
        environment=dict.fromkeys(("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"), "redis://:elsewhere@127.0.0.1:1/0"),
    ),
    "layered django": Shape(
        "layered_django",
        "config",
        "shop.users.tasks.get_users_count",
        [],
        frozenset({"broker_url", "result_backend"}),
        requirements="django",
    ),
    "settings file": Shape(
        "settings_file",
        "worker",
        "worker.double",
        [21],
        frozenset({"broker_url", "result_backend"}),
        requirements="pydantic-settings",
    ),
    "tls": Shape("tls", "secure", "secure.double", [21], frozenset({"broker_url", "broker_use_ssl", "result_backend"})),
    "predefined": Shape(
        "predefined",
        "orders",
        "orders.ship",
        [7],
        frozenset({"broker_url", "broker_transport_options", "task_default_queue"}),
        subject="sqs",
    ),
    "one task a child": Shape(
        "one_task_a_child",
        "leaky",
        "leaky.process_number",
        [],
        frozenset({"broker_url"}),
        limited_by="worker_max_tasks_per_child",
        budget="150s",  # Celery may take seconds to notice that a process has ended
    ),
}
