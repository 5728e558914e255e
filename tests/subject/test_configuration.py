"""What a job sets goes before what a user's app sets, and what decides delivery and leads nowhere stays the app's."""

import json
from typing import Any

import pytest
from celery import Celery
from celery.app.defaults import DEFAULTS

from bench.subject.configuration import connect_again, override, settle, with_numbers

KEPT = ("confirm_publish", "max_retries")
ELSEWHERE = "redis://:elsewhere@127.0.0.1:1/0"


def buy() -> None:
    """Do nothing."""


def app_with(**settings: Any) -> Any:
    app = Celery("shop", broker=ELSEWHERE, set_as_current=False)
    app.conf.update(settings)
    return app


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("task_acks_on_failure_or_timeout", False),
        ("task_default_delivery_mode", 1),
        ("task_default_priority", 5),
        ("task_serializer", "yaml"),
        ("task_compression", "gzip"),
        ("task_publish_retry", False),
        ("worker_prefetch_multiplier", 1),
        ("worker_max_tasks_per_child", 10),
        ("broker_heartbeat", 10),
    ],
)
def test_what_decides_delivery_stays_the_apps(setting: str, value: object) -> None:
    app = app_with(**{setting: value})
    assert override(app, {"broker_url": "memory://", "broker_transport_options": {}}) == ["broker_url"]
    assert app.conf[setting] == value


@pytest.mark.skipif("worker_pool_start_method" not in DEFAULTS, reason="this Celery always forks")
def test_children_are_forked_because_others_would_not_record_their_tasks() -> None:
    app = app_with(worker_pool_start_method="spawn")
    own = {"broker_url": "memory://", "broker_transport_options": {}}
    assert override(app, own) == ["broker_url", "worker_pool_start_method"]
    assert app.conf.worker_pool_start_method == "fork"


def test_of_the_options_of_the_transport_those_stay_that_lead_nowhere() -> None:
    app = app_with(broker_transport_options={"confirm_publish": True, "global_keyprefix": "shop", "max_retries": 9})
    own = {"broker_transport_options": {"unacked_key": "mine", "max_retries": 1}}
    assert override(app, own, KEPT) == ["broker_transport_options", "broker_url"]
    kept = {"confirm_publish": True, "unacked_key": "mine", "max_retries": 1}
    assert app.conf.broker_transport_options == kept


def test_options_of_the_transport_that_all_stay_did_not_give_way() -> None:
    app = app_with(broker_transport_options={"confirm_publish": True})
    assert override(app, {"broker_transport_options": {"unacked_key": "mine"}}, KEPT) == ["broker_url"]


def settled(settings: dict[str, Any], **options: Any) -> tuple[Any, list[str]]:
    app = app_with()
    app.task(buy, shared=False, name="shop.sell", acks_late=False)
    own = app.task(buy, shared=False, name="shop.buy", **options)
    app.finalize()
    return app.tasks, settle(app, settings, app.tasks[own.name])


def test_what_a_job_sets_goes_before_what_a_task_says_itself() -> None:
    tasks, names = settled({"task_acks_late": False, "task_reject_on_worker_lost": None}, acks_late=True)
    assert tasks["shop.buy"].acks_late is False
    assert names == ["task_acks_late"]


def test_it_does_so_for_every_task_of_the_app_and_names_what_the_played_one_said() -> None:
    tasks, names = settled({"task_acks_late": True})
    assert tasks["shop.buy"].acks_late is tasks["shop.sell"].acks_late is True
    assert names == []


@pytest.mark.filterwarnings("ignore:(?s).*delivery_mode")  # Celery 5.7 deprecates it
def test_a_tasks_own_delivery_mode_gives_way_as_well() -> None:
    tasks, names = settled({"task_default_delivery_mode": 2}, delivery_mode=1)
    assert tasks["shop.buy"].delivery_mode == 2
    assert names == ["task_default_delivery_mode"]


def test_what_a_job_does_not_set_stays_the_tasks() -> None:
    tasks, names = settled({"task_ignore_result": True}, acks_late=True, serializer="yaml")
    assert (tasks["shop.buy"].acks_late, tasks["shop.buy"].serializer, names) == (True, "yaml", [])


def test_tasks_of_celery_itself_are_left_alone() -> None:
    tasks, _ = settled({"task_ignore_result": False})
    assert tasks["celery.chord_unlock"].ignore_result is True


def test_numbers_of_socket_options_come_through_json() -> None:
    options = {"socket_settings": {18: 60000}, "predefined_queues": {"a": {"url": "b"}}}
    settings = {"task_acks_late": True, "broker_transport_options": options}
    assert with_numbers(json.loads(json.dumps(settings))) == settings
    assert with_numbers({}) == {"broker_transport_options": {}}


def test_a_connection_that_was_opened_while_the_app_was_imported_is_not_used_again() -> None:
    app = Celery("shop", broker="memory://", set_as_current=False)
    with app.producer_or_acquire() as producer:
        early = producer.connection
        early.ensure_connection()
    connect_again(app)
    assert not early.connected
    with app.producer_or_acquire() as producer:
        assert producer.connection is not early
