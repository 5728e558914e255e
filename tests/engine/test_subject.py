from pathlib import Path

import pytest

from bench.processes.subject import import_path, label_subjects
from bench.records.workload import Workload
from brokers import BrokerUnavailable, split_subject

NOWHERE = "amqp://me:secret@127.0.0.1:1//"


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


def test_before_it_runs_a_subject_is_known_by_its_broker_and_profile() -> None:
    (subject,) = label_subjects([split_subject("rabbitmq:quorum")])
    record = subject.record()
    assert (record.label, record.broker, record.profile, record.tier) == (
        "rabbitmq:quorum",
        "rabbitmq",
        "quorum",
        "durable",
    )
    assert (record.server, record.failure) == (None, None)


def test_the_projects_task_module_is_imported_from_a_folder_with_nothing_else_in_it(tmp_path: Path) -> None:
    folder = Path(import_path(Workload(name="own"), tmp_path / "app"))
    assert [entry.name for entry in folder.iterdir()] == ["tasks"]
    assert (folder / "tasks" / "jobs.py").is_file()
    assert not list(folder.rglob("__pycache__"))


def test_a_users_app_is_imported_from_its_own_folder(tmp_path: Path) -> None:
    workload = Workload(name="own", app="shop:app", app_dir=str(tmp_path))
    assert import_path(workload, tmp_path / "app") == str(tmp_path)
    assert not (tmp_path / "app").exists()


def test_a_lease_that_cannot_be_discarded_is_an_error_of_one_line() -> None:
    broker, profile = split_subject("rabbitmq:quorum")
    lease = broker.lease(NOWHERE, profile, "q")
    with pytest.raises(BrokerUnavailable, match="does not answer") as caught:
        broker.discard(NOWHERE, lease)
    assert "\n" not in caught.value.format_message()
    assert "secret" not in caught.value.format_message()
