"""What the tests of a session become: subjects with workloads, and names that depend on nothing else."""

from pathlib import Path
from typing import Any

import pytest

from bench.for_pytest.comparing import comparison_of
from bench.for_pytest.request import AskedTest, Request
from brokers.errors import UsageError


def asked(*tests: dict[str, Any], **options: Any) -> Request:
    known = [AskedTest(id=str(number), **{"subject": "redis"} | test) for number, test in enumerate(tests)]
    own = {"folder": "", "budget": "quick", "workload": "noop", "app_dir": "/shop", "app": "shop", "brokers": "redis"}
    return Request(tests=known, **own | options)


ADD = {"metric": "enqueue", "task": "shop.tasks.add", "args": [2, 2]}
DRAIN = ADD | {"metric": "throughput"}


def test_tests_of_the_same_task_share_a_subject() -> None:
    comparison, labels = comparison_of(asked(ADD, DRAIN, DRAIN | {"concurrency": 4}), None)
    assert labels == {"0": "redis add(2, 2)", "1": "redis add(2, 2)", "2": "redis add(2, 2) x4"}
    one, four = comparison.subjects
    assert (one.metrics, four.metrics) == (("enqueue", "throughput"), ("throughput",))
    assert four.workload is not None
    assert (four.workload.app, four.workload.app_dir, four.workload.concurrency) == ("shop", "/shop", 4)
    assert comparison.metrics == ["enqueue", "throughput"]


def test_a_name_does_not_depend_on_what_else_is_measured() -> None:
    long = ADD | {"args": ["x" * 100], "kwargs": {"y": 1}}
    _, labels = comparison_of(asked(ADD, long, ADD | {"args": ["x" * 100]}), None)
    assert len(set(labels.values())) == 3
    assert max(map(len, labels.values())) < 60
    assert comparison_of(asked(long), None)[1]["0"] == labels["1"]


def test_without_a_task_the_sessions_workload_is_measured_under_the_brokers_name() -> None:
    plain = {"metric": "enqueue"}
    comparison, labels = comparison_of(
        asked(plain, {"metric": "throughput", "concurrency": 2}, workload="echo-1k"), None
    )
    assert labels == {"0": "redis", "1": "redis echo() x2"}
    assert [subject.workload and subject.workload.payload_bytes for subject in comparison.subjects] == [None, 1024]
    assert comparison.workload.name == "echo-1k"


def test_a_wrong_number_is_an_error_about_its_test(tmp_path: Path) -> None:
    workload = tmp_path / "own.toml"
    workload.write_text('name = "own"\n[settings]\ntask_acks_late = true\n')
    with pytest.raises(UsageError, match="'forever' is not a time"):
        comparison_of(asked(ADD, workload=str(workload), budget="forever"), None)
    with pytest.raises(UsageError, match="is not a program: use the interpreter itself, for example"):
        comparison_of(asked(ADD, python=str(tmp_path / "none")), None)
