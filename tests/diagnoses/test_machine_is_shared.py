"""A CPU quota's stops are a reason, and so is what other programs had of a core, as far as it is certain."""

from typing import Any

import pytest
from seeing import SECOND_NS, made_evidence, seen

from bench.diagnoses.diagnosis import Found
from bench.diagnoses.machine import SharesMachine
from bench.records.workload import Workload

APART = {"subject_cores": [1], "server_cores": [0]}


def found(
    metric: str,
    ready: dict[Any, float],
    *,
    cores: dict[str, float] | None = None,
    environment: dict[str, Any] | None = None,
    throttled: float | None = None,
    other_cores: float | None = 1.5,
    **changes: Any,
) -> Found | None:
    evidence = made_evidence(
        cores=cores or {"producer": 0.4, "worker": 0.4, "child": 0.1, "server": 0.2, "harness": 0.1},
        ready_ns={role: round(10 * SECOND_NS * share) for role, share in ready.items()},
        other_cores=other_cores,
        throttled_ns=None if throttled is None else round(10 * SECOND_NS * throttled),
    )
    return SharesMachine().find(seen(metric, evidence, environment=APART | (environment or {}), **changes))


def test_a_producer_that_waited_for_its_core_names_other_programs() -> None:
    one = found("enqueue", {"producer": 0.55})
    assert one is not None
    assert one.text == ("the producer could have run, but other programs had its core for at least 55 % of the time")


def test_what_the_pool_computed_while_the_main_process_waited_is_not_others() -> None:
    one = found("throughput", {"worker": 0.5})
    assert one is not None
    assert one.share == pytest.approx(0.4)
    assert found("throughput", {"worker": 0.1}) is None


def test_a_server_on_the_same_cores_may_have_had_them() -> None:
    one = found("enqueue", {"producer": 0.5}, environment={"subject_cores": [], "server_cores": []})
    assert one is not None
    assert one.share == pytest.approx(0.2)


def test_threads_of_the_same_process_may_have_had_the_core() -> None:
    threads = Workload(name="threads", pool="threads")
    assert found("throughput", {"worker": 0.4}, workload=threads) is None


def test_stops_for_a_quota_are_counted_per_core_and_are_not_others() -> None:
    quota = {"cpu_quota_cores": 0.5}
    one = found("enqueue", {"producer": 0.8}, environment=quota, throttled=1.4)
    assert one is not None
    assert one.text == (
        "the CPU quota of 0.5 cores was spent: the run's processes were stopped for at least 70 % of the time"
    )


def test_no_more_is_claimed_than_what_other_programs_used_in_all() -> None:
    one = found("enqueue", {"producer": 0.55}, other_cores=0.2)
    assert one is not None
    assert one.share == pytest.approx(0.2)
    assert found("enqueue", {"producer": 0.55}, other_cores=None) is None


@pytest.mark.parametrize("metric", ["enqueue", "throughput"])
def test_unknown_waits_are_no_reason(metric: str) -> None:
    assert found(metric, {}) is None
    assert found(metric, {}, throttled=0.0, environment={"cpu_quota_cores": 0.5}) is None
