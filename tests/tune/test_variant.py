"""A subject with other settings than the present one."""

from collections.abc import Callable

import pytest

from bench.processes.subject import Subject
from bench.tune.present import Present
from bench.tune.variant import candidate_subject

Presents = Callable[..., Present]
OPTIONS = "broker_transport_options"


def made(present: Present, **settings: object) -> Subject:
    dotted = {name.replace("__", "."): value for name, value in settings.items()}
    return candidate_subject(present.subject, dotted, "C1", present.workload)


def test_settings_are_merged_into_the_subjects_own(presents: Presents) -> None:
    present = presents.with_settings("sqs", {OPTIONS: {"wait_time_seconds": 5}, "task_acks_late": True})  # type: ignore[attr-defined]
    subject = made(present, broker_transport_options__polling_interval=0.1, worker_prefetch_multiplier=16)
    assert subject.settings == {
        OPTIONS: {"wait_time_seconds": 5, "polling_interval": 0.1},
        "task_acks_late": True,
        "worker_prefetch_multiplier": 16,
    }
    assert subject.label == "C1"
    assert subject.spec == "broker_transport_options.polling_interval=0.1 worker_prefetch_multiplier=16"
    assert subject.workload is None
    assert present.subject.settings[OPTIONS] == {"wait_time_seconds": 5}, "the present subject was changed"


def test_pool_and_concurrency_are_its_own_workload(presents: Presents) -> None:
    subject = made(presents("redis"), pool="threads", concurrency=4)
    assert subject.workload is not None
    assert (subject.workload.pool, subject.workload.concurrency) == ("threads", 4)
    assert subject.settings == {}
    again = candidate_subject(subject, {"concurrency": 2}, "C2", presents("redis").workload)
    assert again.workload is not None
    assert (again.workload.pool, again.workload.concurrency) == ("threads", 2)


@pytest.mark.parametrize(
    ("name", "settings", "options"),
    [
        ("redis:durable", {"server.appendfsync": "no"}, ("--appendfsync", "no")),
        ("postgres", {"server.wal_sync_method": "open_datasync"}, ("-c", "wal_sync_method=open_datasync")),
        (
            "rabbitmq",
            {"server.queue_index_embed_msgs_below": "65536"},
            ("queue_index_embed_msgs_below = 65536",),
        ),
    ],
)
def test_options_of_the_server_are_its_profiles(
    presents: Presents, name: str, settings: dict[str, str], options: tuple[str, ...]
) -> None:
    present = presents(name)
    profile = candidate_subject(present.subject, settings, "C1", present.workload).profile
    assert profile.server_options == (*present.subject.profile.server_options, *options)
    assert profile.name == present.subject.profile.name


def test_a_subject_that_gives_up_a_promise_is_not_called_durable(presents: Presents) -> None:
    present = presents("redis:durable")
    assert made(present, task_acks_late=False).profile.tier == "fast"
    assert made(present, server__appendfsync="everysec").profile.tier == "fast"
    assert made(present, worker_prefetch_multiplier=16).profile.tier == "durable"


@pytest.mark.long
def test_a_package_is_there_in_an_environment_of_its_own(presents: Presents) -> None:
    present = presents("redis")
    subject = made(present, hiredis=True)
    assert subject.interpreter != present.subject.interpreter
    assert subject.origin.packages == ("hiredis",)
