"""Syncs of a durable server's disk are a reason as far as they fit into the time in which nobody computed."""

from typing import Any

import pytest
from made_results import Made
from seeing import SECOND_NS, made_evidence, seen

from bench.diagnoses.diagnosis import Found
from bench.diagnoses.disk import WaitsForDisk

MILLISECOND = 1_000_000
SYNCS = 10 * SECOND_NS // (2 * MILLISECOND)  # one in each call of 2 ms


def found(
    sync_ns: int | None = MILLISECOND, cores: dict[str, float] | None = None, tier: Any = "durable", **changes: Any
) -> Found | None:
    known = {
        "cores": cores or {"producer": 0.2, "server": 0.1},
        "operations": SYNCS,
        "syncs": SYNCS,
        "written_bytes": 4096 * SYNCS,
    }
    made = Made(label="redis:durable", tier=tier, call_ns=2 * MILLISECOND)
    evidence = made_evidence(**(known | changes))
    server = seen("enqueue", evidence, made=made).subject.server
    assert server is not None
    subject = {"server": server.model_dump() | {"sync_ns": sync_ns}}
    return WaitsForDisk().find(seen("enqueue", evidence, made=made, subject=subject))


def test_syncs_and_what_one_takes_are_named() -> None:
    one = found()
    assert one is not None
    assert one.share == pytest.approx(0.5, rel=0.1)
    assert one.text == (
        "the server wrote to disk with 1 sync for each call, which takes 1 ms here: the disk was waited for 50 % of "
        "the time"
    )
    assert not one.settings


def test_waits_that_the_kernel_counted_tell_of_a_disk_that_became_slower() -> None:
    one = found(disk_ns=6 * SECOND_NS)
    assert one is not None
    assert one.share == pytest.approx(0.6)
    assert one.text == (
        "the server wrote to disk with 1 sync for each call, which took 1 ms before the run: the disk was waited "
        "for 60 % of the time"
    )


def test_syncs_are_those_of_the_mean_call_where_few_calls_take_most_of_the_time() -> None:
    one = found(operations=25, syncs=25, disk_ns=9 * SECOND_NS, cores={"producer": 0.05, "server": 0.01})
    assert one is not None
    assert one.evidence["syncs"] == pytest.approx(1)


def test_no_more_is_claimed_than_the_time_in_which_nobody_computed() -> None:
    one = found(10 * MILLISECOND)
    assert one is not None
    assert one.share == pytest.approx(0.7)


@pytest.mark.parametrize(
    "changes",
    [
        {"sync_ns": None},
        {"syncs": None},
        {"syncs": 20},
        {"written_bytes": 0},
    ],
    ids=["no disk", "not counted", "hardly any", "the syncs of others"],
)
def test_what_is_not_known_to_be_the_servers_is_no_reason(changes: dict[str, Any]) -> None:
    assert found(**changes) is None


def test_without_all_cpu_times_nothing_is_claimed() -> None:
    one = found(cores={"producer": 0.2})
    assert one is not None
    assert one.share == 0
