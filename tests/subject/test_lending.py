"""The project's tasks are lent to a user's app: the same bodies, with the options of the user's task."""

import sys
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, Task

import tasks
from bench.subject.lending import lend

FOLDER = str(Path(tasks.__file__).parent)


def buy() -> None:
    """Do nothing."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test import the lent module anew, and leave none."""
    for name in ("", ".application", ".jobs"):
        monkeypatch.setitem(sys.modules, f"_brokerbench_tasks{name}", sys)
        del sys.modules[f"_brokerbench_tasks{name}"]


def lent(**options: Any) -> Any:
    """Return the tasks of an app whose own task has these options."""
    app = Celery("shop", set_as_current=False)
    own = app.task(buy, shared=False, name="shop.buy", **options)
    app.finalize()
    lend(app, FOLDER, app.tasks[own.name])
    return app.tasks


def test_every_task_is_lent_under_a_name_of_its_own() -> None:
    names = {name for name in lent() if name.startswith("brokerbench.")}
    assert names == {f"brokerbench.{name}" for name in tasks.jobs.__all__}


@pytest.mark.filterwarnings("ignore:(?s).*priority")  # Celery 5.7 deprecates it
def test_a_lent_task_is_delivered_as_the_users_own() -> None:
    options = {
        "acks_late": True,
        "reject_on_worker_lost": True,
        "acks_on_failure_or_timeout": False,
        "serializer": "yaml",
        "compression": "gzip",
        "priority": 3,
        "expires": 60,
        "max_retries": 1,
    }
    found = lent(**options)["brokerbench.sleep"]
    assert {name: getattr(found, name) for name in options} == options


def test_what_a_lent_task_needs_goes_before_that() -> None:
    found = lent(max_retries=1, acks_late=True)["brokerbench.flaky"]
    assert found.max_retries is None
    assert found.acks_late
    assert found.apply(kwargs={"failures": 5}).get() == 5


def test_a_task_without_options_is_delivered_by_the_apps_settings() -> None:
    echo = lent()["brokerbench.echo"]
    assert echo.acks_late is False
    assert echo.apply(("bread",)).get() == "bread"


def test_the_apps_own_base_class_has_no_say_in_a_lent_task() -> None:
    class Loud(Task):  # type: ignore[misc]
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError

    app = Celery("shop", set_as_current=False, task_cls=Loud)
    own = app.task(buy, shared=False, name="shop.buy", acks_late=True)
    app.finalize()
    lend(app, FOLDER, app.tasks[own.name])
    assert not isinstance(app.tasks["brokerbench.echo"], Loud)
    assert app.tasks["brokerbench.echo"].acks_late
