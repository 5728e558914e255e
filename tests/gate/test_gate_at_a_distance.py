"""A baseline at a distance: it is measured there again, and results at other distances are not compared."""

from typing import Any

import pytest
from sides import made_side, made_subjects

from bench.gate.again import same_again
from bench.gate.benchmarks import Side
from bench.gate.checks import allowed_kinds, differences
from bench.gate.judging import judge
from bench.gate.limits import Limits
from bench.processes.subject import labelled_rtt_ns
from bench.records.distance import Distance
from bench.records.provenance import SubjectRecord, WayRecord
from bench.records.result import Result
from bench.records.workload import Workload

MS = 1_000_000


def subject(label: str, **distance: Any) -> SubjectRecord:
    """Make a subject of a name such as ``redis@1ms``, with a way to its server if there is a distance."""
    (made,) = made_subjects(label.partition("@")[0])
    ways = [WayRecord(distance=Distance(**distance))] if distance else []
    return made.model_copy(update={"label": label, "ways": ways})


def result(*subjects: SubjectRecord, rng: int = 1, **changes: Any) -> Result:
    return made_side(rng=rng, labels=tuple(one.label for one in subjects), subjects=list(subjects), **changes)


def lines(baseline: Result, current: Result) -> list[str]:
    return [f"{one.kind}: {one}" for one in differences(Side(baseline), Side(current))]


def test_each_subject_is_measured_again_at_its_own_distance() -> None:
    far, near = subject("redis@1ms", rtt_ns=MS, jitter_ns=MS // 10), subject("redis")
    workload = Workload(name="noop", rtt="0", jitter="0.1ms")
    comparison = same_again(result(far, near, workload=workload))
    assert [(one.label, one.rtt_ns) for one in comparison.subjects] == [("redis@1ms", MS), ("redis", 0)]
    again = comparison.subjects[0].distance(comparison.workload)
    assert again == Distance(rtt_ns=MS, jitter_ns=MS // 10)


def test_a_subject_that_failed_before_it_was_reached_is_tried_at_the_distance_of_its_label() -> None:
    comparison = same_again(result(subject("redis@1ms"), subject("redis", rtt_ns=0, stalled=0.01)))
    assert [one.rtt_ns for one in comparison.subjects] == [MS, 0]


def test_a_sweep_over_the_distance_is_measured_again_at_all_of_them() -> None:
    workload = Workload(name="far", sweep={"rtt": ["0", "1ms"]})
    far = WayRecord(at={"rtt_ns": MS}, distance=Distance(rtt_ns=MS))
    swept = subject("redis").model_copy(update={"ways": [far]})
    (one,) = same_again(result(swept, workload=workload)).subjects
    assert one.rtt_ns is None
    assert [one.distance(at).rtt_ns for _, at in workload.points()] == [0, MS]


@pytest.mark.parametrize(
    ("label", "rtt_ns"),
    [("redis", 0), ("redis@1ms", MS), ("redis:durable@0.3ms#2", 300_000), ("redis@50us add(2, 2)", 50_000)],
)
def test_a_label_says_the_distance(label: str, rtt_ns: int) -> None:
    assert labelled_rtt_ns(label) == rtt_ns


@pytest.mark.parametrize("label", ["redis@", "redis@1ms@2ms", "mail@shop", "redis add('a@1ms')", "redis@1msec", "@1ms"])
def test_other_labels_say_none(label: str) -> None:
    assert labelled_rtt_ns(label) == 0


def test_equal_distances_are_no_difference_however_they_were_asked_for() -> None:
    of_all = result(subject("redis@1ms", rtt_ns=MS), workload=Workload(name="noop", rtt="1ms"))
    own = result(subject("redis@1ms", rtt_ns=MS), rng=2)
    assert lines(of_all, own) == []


def test_a_baseline_at_another_distance_is_not_comparable_and_says_so() -> None:
    near, far = result(subject("redis")), result(subject("redis@1ms", rtt_ns=MS), rng=2)
    gate = judge(near, far, Limits(default=0.05))
    assert gate.outcome == "not comparable"
    assert lines(near, far) == [
        "missing: the current result has no figures for redis: it has redis@1ms, which is another distance",
        "missing: the baseline has no figures for redis@1ms: it has redis, which is another distance",
    ]


def test_another_jitter_or_bandwidth_under_the_same_label_is_not_comparable() -> None:
    before = result(subject("redis@1ms", rtt_ns=MS))
    now = result(subject("redis@1ms", rtt_ns=MS, jitter_ns=MS // 10, bytes_per_s=10e6, stalled=0.01), rng=2)
    assert lines(before, now) == [
        "distance: the distance was 1ms and is 1ms, jitter 0.1ms, bandwidth 1e+07 B/s, stall 1% (redis@1ms)"
    ]
    assert judge(before, now, Limits(default=0.05)).outcome == "not comparable"
    assert judge(before, now, Limits(default=0.05), allowed_kinds(["distance"])).outcome == "within"
