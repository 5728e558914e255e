import sys
from pathlib import Path

import pytest

from bench.ab.sides import Sides, make_sides
from bench.ab.spec import read_spec
from bench.ab.virtualenvs import Wanted, lock_alone, look_at
from bench.processes.subject import Subject
from bench.records.workload import Workload
from brokers import split_subject
from brokers.errors import UsageError
from brokers.overlay import overlay


def sides(a: str, b: str, tmp_path: Path, subject: str = "redis", app_dir: Path | None = None) -> Sides:
    workload = Workload(name="own", app_dir=str(app_dir) if app_dir else None)
    return make_sides(split_subject(subject), (read_spec(a), read_spec(b)), workload, None, tmp_path / "out")


def test_two_equal_sides_are_as_everything_is_here(tmp_path: Path) -> None:
    made = sides("", "", tmp_path)
    assert [subject.label for subject in made.subjects] == ["A", "B"]
    for subject in made.subjects:
        assert (subject.interpreter, subject.settings, subject.app_dir) == (sys.executable, {}, None)
    assert made.differing == []
    assert made.notes == ["A and B are the same: a difference between them can only be chance"]
    assert [subject.record().spec for subject in made.subjects] == ["as it is", "as it is"]


def test_a_side_has_its_own_profile_settings_and_server(tmp_path: Path) -> None:
    a, b = sides("", "profile=durable worker_prefetch_multiplier=64 server=sh", tmp_path).subjects
    assert (a.profile.name, b.profile.name) == ("default", "durable")
    assert (a.settings, b.settings) == ({}, {"worker_prefetch_multiplier": 64})
    assert a.server is None
    assert b.record().spec == "profile=durable worker_prefetch_multiplier=64 server=sh"
    assert b.server is not None
    assert Path(b.server).name.endswith("sh")


def test_interpreters_are_taken_as_they_are(tmp_path: Path) -> None:
    own = tmp_path / "python"
    own.symlink_to(sys.executable)
    a, b = sides(f"python={own}", "", tmp_path).subjects
    assert (a.interpreter, b.interpreter) == (str(own), sys.executable)
    with pytest.raises(UsageError, match="python=/usr/bin/none is not a working interpreter"):
        sides("python=/usr/bin/none", "", tmp_path)


@pytest.mark.parametrize(
    ("subject", "spec", "words"),
    [
        ("redis", "server=/nowhere/redis-server", "is not a program"),
        ("sqs", "server=sh", "cannot be started from a program"),
        ("redis", "profile=durible", "did you mean 'durable'?"),
        ("redis", "ref=nothing-of-this-name", "no such branch, tag or commit|not in a git repository"),
    ],
)
def test_what_a_side_cannot_have_is_named(subject: str, spec: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        sides("", spec, tmp_path, subject)


def test_a_subjects_own_settings_go_over_others_and_options_are_merged() -> None:
    broker, profile = split_subject("redis")
    own = {"task_acks_late": False, "broker_transport_options": {"b": 2, "c": 3}}
    subject = Subject(label="A", broker=broker, profile=profile, settings=own)
    below = {"task_acks_late": True, "broker_url": "redis://", "broker_transport_options": {"a": 1, "b": 1}}
    assert overlay(below, dict(subject.settings)) == {
        "task_acks_late": False,
        "broker_url": "redis://",
        "broker_transport_options": {"a": 1, "b": 2, "c": 3},
    }


@pytest.mark.parametrize(("subject", "client"), [("redis", "redis"), ("rabbitmq", None), ("sqs", "boto3")])
def test_a_side_has_the_client_of_its_transport_as_kombu_wants_it_and_no_other(
    subject: str, client: str | None
) -> None:
    here = look_at(sys.executable)
    needed = split_subject(subject)[0].requirements
    wanted = Wanted.over_users(read_spec("celery==5.2.7 kombu==5.5.4").requirements, here, needed)
    versions = lock_alone(wanted, here.installed).versions
    assert {"boto3", "pycurl", "redis"} & versions.keys() == ({client} if client else set())
    assert "numpy" not in versions
