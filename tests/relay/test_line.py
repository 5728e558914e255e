"""When pieces arrive, without any clock: the promised distribution, rate and share."""

from random import Random

import numpy as np
import pytest
import scipy.stats

from bench.records.distance import Distance
from bench.relay.line import RETRANSMISSION_NS, Line

MS = 1_000_000


def delays_ns(distance: Distance, pieces: int = 20_000, own_ns: int = 0) -> np.ndarray:
    line = Line(Random(1), distance, own_ns)
    return np.array([line.arrival_ns(0, 1) for _ in range(pieces)])


def test_each_way_has_half_of_the_round_trip_without_what_the_relay_takes_itself() -> None:
    assert set(delays_ns(Distance(rtt_ns=3 * MS), 10)) == {1_500_000}
    assert set(delays_ns(Distance(rtt_ns=3 * MS), 10, own_ns=12_000)) == {1_488_000}
    assert set(delays_ns(Distance(rtt_ns=20_000), 10, own_ns=12_000)) == {0}


def test_jitter_varies_each_way_evenly_by_half_of_it_up_and_down() -> None:
    found = delays_ns(Distance(rtt_ns=10 * MS, jitter_ns=4 * MS))
    assert found.min() >= 3 * MS
    assert found.max() <= 7 * MS
    assert found.mean() == pytest.approx(5 * MS, rel=0.01)
    assert found.std() == pytest.approx(4 * MS / np.sqrt(12), rel=0.02)
    assert scipy.stats.kstest(found, scipy.stats.uniform(3 * MS, 4 * MS).cdf).pvalue > 0.01


def test_the_share_that_stalls_is_the_one_that_was_asked_for() -> None:
    found = delays_ns(Distance(rtt_ns=10 * MS, stalled=0.05))
    stalled = found > 5 * MS
    assert stalled.mean() == pytest.approx(0.05, rel=0.1)
    assert set(found[stalled]) == {15 * MS + RETRANSMISSION_NS}


@pytest.mark.parametrize("bytes_per_s", [1e5, 1e6, 5e7])
def test_bytes_arrive_at_the_rate_of_the_line_however_they_are_cut(bytes_per_s: float) -> None:
    line = Line(Random(1), Distance(rtt_ns=2 * MS, bytes_per_s=bytes_per_s))
    sizes = Random(2).choices(range(1, line.piece_bytes), k=1_000)
    arrivals = [line.arrival_ns(0, size) for size in sizes]
    assert arrivals[-1] - MS == pytest.approx(sum(sizes) / bytes_per_s * 1e9, rel=0.001)


def test_an_idle_line_saves_no_bandwidth_up() -> None:
    line = Line(Random(1), Distance(bytes_per_s=1e6))
    line.arrival_ns(0, 1_000)
    assert [line.arrival_ns(10**9, 1_000), line.arrival_ns(10**9, 1_000)] == [10**9 + MS, 10**9 + 2 * MS]
