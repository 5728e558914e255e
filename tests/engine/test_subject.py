from typing import Any

import pytest

from bench.engine.platform import CorePlan
from bench.engine.subject import RunningSubject, Subject, label_subjects
from bench.records.workload import Workload
from brokers import BrokerUnavailable, Server, split_subject

NOWHERE = "amqp://me:secret@127.0.0.1:1//"


def make_running(subject: str, url: str = NOWHERE, **workload: Any) -> RunningSubject:
    return RunningSubject(
        subject=label_subjects([split_subject(subject)])[0],
        server=Server(url=url, software="made up", version="1"),
        workload=Workload(name="own", **workload),
        metrics=["enqueue", "throughput"],
        workspace=None,  # type: ignore[arg-type]
        cores=CorePlan(),
        hash_seed=1,
        import_path=".",
    )


def labels(*subjects: str) -> list[str]:
    return [subject.label for subject in label_subjects([split_subject(text) for text in subjects])]


def test_a_subject_that_is_named_again_gets_a_number() -> None:
    assert labels("redis", "redis:durable", "redis", "sqs:default", "redis:default") == [
        "redis",
        "redis:durable",
        "redis#2",
        "sqs",
        "redis#3",
    ]


def test_a_workload_may_set_what_the_profile_leaves_open() -> None:
    running = make_running("rabbitmq", settings={"task_acks_late": True, "worker_prefetch_multiplier": 64})
    settings = running._settings("q")
    assert settings["task_acks_late"] is True
    assert running.prefetch_tasks == 64


def test_a_workload_cannot_break_the_profiles_promise() -> None:
    own = {"task_acks_late": False, "broker_transport_options": {"confirm_publish": False, "max_retries": 1}}
    settings = make_running("rabbitmq:durable", settings=own)._settings("q")
    assert settings["task_acks_late"] is True
    assert settings["broker_transport_options"] == {"confirm_publish": True, "max_retries": 1}


def test_pool_and_concurrency_stand_among_the_effective_settings() -> None:
    settings = make_running("redis", "redis://h/0", pool="threads", concurrency=3)._settings("q")
    assert (settings["worker_pool"], settings["worker_concurrency"]) == ("threads", 3)


def test_a_subject_that_never_started_still_has_a_record() -> None:
    record = make_running("redis").record("the server is gone")
    assert record.failure == "the server is gone"
    assert record.counts.sent == 0


def test_a_lease_that_cannot_be_had_is_an_error_of_one_line() -> None:
    broker, profile = split_subject("rabbitmq:quorum")
    with pytest.raises(BrokerUnavailable, match="does not answer"):
        broker.lease(NOWHERE, profile, "q")
    assert isinstance(make_running("rabbitmq:quorum").subject, Subject)
