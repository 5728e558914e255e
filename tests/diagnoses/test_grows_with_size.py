"""The size of a message is a reason on a narrow line, or if a sweep shows that a larger payload takes longer."""

from typing import Any

import pytest
from made_results import Made
from seeing import made_evidence, seen

from bench.diagnoses.diagnosis import Found
from bench.diagnoses.size import GrowsWithSize
from bench.records.distance import Distance
from bench.records.figures import Estimate, Row
from bench.records.provenance import WayRecord
from bench.records.workload import Workload

MILLISECOND = 1_000_000
SLOW = Made(label="redis", call_ns=10 * MILLISECOND)


def row(payload_bytes: int, low_ms: float, high_ms: float, **fields: Any) -> Row:
    middle = Estimate(value=(low_ms + high_ms) / 2 * MILLISECOND, low=low_ms * MILLISECOND, high=high_ms * MILLISECOND)
    known = {"subject": "redis", "tier": "fast", "metric": "enqueue", "blocks": 9, "samples": 99}
    return Row(at={"payload_bytes": payload_bytes}, median_ns=middle, **(known | fields))


def swept(here: Row, *others: Row) -> Found | None:
    one = seen("enqueue", made_evidence(), summary=[here, *others])
    return GrowsWithSize().find(type(one)(subject=one.subject, row=here, evidence=one.evidence, result=one.result))


def test_a_sweep_shows_what_a_larger_payload_takes_at_least() -> None:
    one = swept(row(1 << 20, 10, 12), row(1024, 1, 2), row(100, 0.8, 1.0))
    assert one is not None
    assert one.text == "a payload of 1 MiB takes at least 9 ms longer than one of 100 bytes: 90 % of the time"


@pytest.mark.parametrize(
    "others",
    [[], [row(100, 8, 11)], [row(100, 0.8, 1, subject="sqs")], [row(100, 0.8, 1, void="busy")]],
    ids=["no other", "not certainly longer", "another subject", "a void figure"],
)
def test_without_a_certainly_shorter_time_there_is_none(others: list[Row]) -> None:
    assert swept(row(1 << 20, 10, 12), *others) is None
    assert swept(row(100, 0.8, 1.0), row(1 << 20, 10, 12)) is None


def on_a_line(workload: Workload, **subject: Any) -> Found | None:
    way = WayRecord(distance=Distance(bytes_per_s=1e6)).model_dump()
    evidence = made_evidence(message_bytes=5000.0)
    return GrowsWithSize().find(
        seen("enqueue", evidence, made=SLOW, subject={"ways": [way]} | subject, workload=workload)
    )


def test_a_narrow_line_shows_how_long_a_message_takes_and_users_arguments_may_be_compressed() -> None:
    one = on_a_line(Workload(name="own", args=["x" * 4000]))
    assert one is not None
    assert one.share == pytest.approx(0.5, rel=0.1)
    assert one.text.startswith("a message of 4.88 KiB takes 5 ms on a line of 1 MB/s: ")
    assert one.settings == {"task_compression": "gzip"}


def test_a_payload_of_ours_is_not_compressed_and_nothing_is_twice() -> None:
    ours = on_a_line(Workload(name="echo", payload_bytes=4000))
    twice = on_a_line(Workload(name="own"), settings={"task_compression": "bzip2"})
    assert ours is not None
    assert twice is not None
    assert not ours.settings
    assert not twice.settings


def test_without_either_there_is_none() -> None:
    assert GrowsWithSize().find(seen("enqueue", made_evidence(message_bytes=1e6))) is None
