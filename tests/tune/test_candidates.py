"""What is tried for a subject, what is left out and why, and how it becomes a subject."""

from collections.abc import Callable
from typing import Any

import pytest

from bench.records.provenance import OwnLimit
from bench.records.workload import Workload
from bench.tune.candidates import Asked, Choice, candidates, read_fixed
from bench.tune.fragment import fragment
from bench.tune.present import Present
from bench.tune.variant import maker
from brokers import UsageError

Presents = Callable[..., Present]
POLLING = "broker_transport_options.polling_interval"


def chosen(present: Present, *goals: Any, **asked: Any) -> Choice:
    return candidates(present, Asked(goals=goals or ("throughput",), **asked))


def texts(choice: Choice) -> list[str]:
    return [str(one) for one in choice.candidates]


def why(choice: Choice, name: str, value: Any = None) -> str:
    (reason,) = (one.why for one in choice.left_out if one.name == name and (not one.has_value or one.value == value))
    return reason


def test_the_polling_interval_is_tried_first_where_it_acts(presents: Presents) -> None:
    choice = chosen(presents("sqs"))
    assert texts(choice)[0] == f"{POLLING}=0.1"
    assert choice.candidates[0].before == 1
    old = chosen(presents("sqs", versions={"celery": "5.6.0", "kombu": "5.6.2"}))
    assert why(old, POLLING) == "it acts with kombu>=5.7, and kombu 5.6.2 is installed"


def test_a_value_that_is_there_already_is_not_tried(presents: Any) -> None:
    present = presents.with_settings("sqs", {"broker_transport_options": {"polling_interval": 0.1}})
    choice = chosen(present)
    assert why(choice, POLLING, 0.1) == "it is the present value"
    assert f"{POLLING}=0.02" in texts(choice)
    apps = presents("sqs", settings={"worker_prefetch_multiplier": 64, "broker_transport_options": {}})
    assert why(chosen(apps), "worker_prefetch_multiplier", 64) == "it is the present value"


def test_what_no_goal_feels_is_left_out(presents: Presents) -> None:
    choice = chosen(presents("rabbitmq"), "enqueue")
    assert why(choice, "worker_prefetch_multiplier") == "it does not act on enqueue"
    assert why(chosen(presents("rabbitmq")), "task_publish_retry") == "it does not act on throughput"


@pytest.mark.parametrize(
    ("subject", "goal", "given_up"),
    [
        ("redis:durable", "throughput", "server.appendfsync=everysec"),
        ("redis:durable", "throughput", "task_acks_late=false"),
        ("redis", "throughput", "broker_transport_options.ack_emulation=false"),
        ("rabbitmq:durable", "enqueue", "broker_transport_options.confirm_publish=false"),
        ("postgres:durable", "enqueue", "server.synchronous_commit=off"),
    ],
)
def test_a_promise_is_given_up_only_if_asked(presents: Presents, subject: str, goal: str, given_up: str) -> None:
    present = presents(subject)
    kept = chosen(present, goal)
    assert given_up not in texts(kept)
    assert any(one.why.endswith(": --keep fast tries it") for one in kept.left_out)
    assert given_up in texts(chosen(present, goal, keep="fast"))


def test_what_acts_only_with_another_setting_says_so(presents: Presents) -> None:
    choice = chosen(presents("redis"), keep="fast")
    assert why(choice, "server.appendfsync") == "it acts only with server.appendonly=yes, and that is no"
    quorum = chosen(presents("rabbitmq:quorum"), "enqueue", keep="fast")
    assert "that is quorum" in why(quorum, "task_default_delivery_mode")


def test_the_options_of_a_users_own_server_stay(presents: Presents) -> None:
    choice = chosen(presents("postgres", private=False), "enqueue", keep="fast")
    assert why(choice, "server.synchronous_commit").startswith("the server is your own (POSTGRES_URL)")


def test_small_messages_are_not_compressed(presents: Presents) -> None:
    assert "have about" in why(chosen(presents("redis")), "task_compression")
    large = presents("redis", workload=Workload(name="large", payload_bytes=5000))
    assert "task_compression=zlib" in texts(chosen(large))


def test_a_task_with_a_time_limit_keeps_its_pool(presents: Presents) -> None:
    limited = presents("redis", limits=(OwnLimit(kind="time_limit", name="time_limit", value=30),))
    assert why(chosen(limited), "pool") == "the task has a time limit, and other pools than prefork do not enforce it"


def test_a_concurrency_is_tried_from_the_apps_own_on(presents: Presents) -> None:
    own = {"worker_concurrency": 8, "worker_pool": "prefork"}
    choice = chosen(presents("redis", own_worker=own))
    assert why(choice, "concurrency") == (
        "the app has worker_concurrency=8, and is measured with 1: with --concurrency 8, it is tried"
    )
    assert "pool=threads" in texts(choice)
    measured = presents("redis", own_worker=own, workload=Workload(name="own", concurrency=8))
    assert "concurrency=1" in texts(chosen(measured))


def test_a_serializer_that_is_installed_is_tried_with_what_accepts_it(presents: Presents) -> None:
    app = {"accept_content": ["pickle"], "task_serializer": "pickle"}
    present = presents("redis", versions={"msgpack": "1.1.0"}, settings=app)
    assert "task_serializer=msgpack" in texts(chosen(present))
    subject = maker(present)(present.subject, {"task_serializer": "msgpack"}, "C1")
    assert subject.settings == {"task_serializer": "msgpack", "accept_content": ["pickle", "json", "msgpack"]}
    lines = fragment({"task_serializer": "msgpack"}, {}, present).celery
    assert "accept_content = ['pickle', 'json', 'msgpack']" in lines


def test_partners_are_pairs_that_are_both_tried(presents: Presents) -> None:
    pairs = chosen(presents("sqs")).partners
    assert (POLLING, "worker_prefetch_multiplier") in pairs
    assert len(pairs) == len(set(map(frozenset, pairs)))
    assert chosen(presents("sqs"), only=[POLLING]).partners == []


def test_only_what_is_named_is_tried(presents: Presents) -> None:
    choice = chosen(presents("sqs"), only=["concurrency", POLLING])
    assert {one.name for one in choice.candidates} == {"concurrency", POLLING}
    assert {one.name for one in choice.left_out} <= {"concurrency", POLLING}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("poling_interval", "nothing named 'poling_interval' can be tuned: did you mean broker_transport_options.poll"),
        ("task_ignore_result", "task_ignore_result cannot be tuned, because no figure feels it: a measurement keeps"),
        ("xyz", "nothing named 'xyz' can be tuned: use broker_pool_limit, "),
    ],
)
def test_an_unknown_name_is_refused(presents: Presents, name: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        chosen(presents("sqs"), only=[name])
    assert refused.value.format_message().startswith(message)


def test_fixed_settings_are_read_as_in_a_spec_and_not_tried(presents: Presents) -> None:
    present = presents("sqs")
    fixed = read_fixed(["worker_prefetch_multiplier=1", f"{POLLING}=0.5", "concurrency=3", "pool=solo"], present)
    assert fixed == {"worker_prefetch_multiplier": 1, POLLING: 0.5, "concurrency": 3, "pool": "solo"}
    choice = chosen(present, fixed=fixed)
    assert why(choice, POLLING) == "it is held by --fix"
    assert not {one.name for one in choice.candidates} & fixed.keys()


def test_a_fixed_setting_decides_what_acts(presents: Presents) -> None:
    present = presents("postgres")
    fixed = read_fixed(["server.synchronous_commit=off"], present)
    assert "server.wal_sync_method=open_datasync" in texts(chosen(present, "enqueue"))
    assert "and that is off" in why(chosen(present, "enqueue", fixed=fixed), "server.wal_sync_method")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("worker_prefetch_multiplyer=1", "did you mean 'worker_prefetch_multiplier'"),
        ("polling_interval=0.1", f"to hold a tunable, use {POLLING}=0.1"),
        ("worker_prefetch_multiplier=many", "has the wrong type"),
        ("concurrency=0", "use for example concurrency=4"),
        ("pool=fibers", "use pool=threads or pool=solo or pool=prefork"),
        ("worker_pool=solo", "is set by the subject"),
        ("kombu", "write NAME=VALUE"),
    ],
)
def test_a_wrong_fix_is_refused(presents: Presents, text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_fixed([text], presents("sqs"))
    assert message in refused.value.format_message()


def test_a_package_that_is_installed_cannot_be_taken_out(presents: Presents) -> None:
    assert read_fixed(["hiredis=true"], presents("redis")) == {"hiredis": True}
    with pytest.raises(UsageError, match="leave --fix out"):
        read_fixed(["hiredis=false"], presents("redis", versions={"hiredis": "3.5.0"}))
    choice = chosen(presents("redis", versions={"hiredis": "3.5.0"}))
    assert why(choice, "hiredis", True) == "it is the present value"
