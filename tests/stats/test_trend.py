import random
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from bench.stats.trend import Trend, backlog_trend

Times = NDArray[np.int64]
SERVICE_NS = 1_000_000
RUNS = 1000
LOADS = (0.5, 0.9, 0.98, 1.1)


def queue(rng: np.random.Generator, load: float, tasks: int, sent: str, variation: float) -> tuple[Times, Times]:
    """Return when the tasks of one worker were sent and finished; ``variation`` is that of a task's duration."""
    gaps = np.full(tasks, 1 / load) if sent == "evenly" else rng.exponential(1 / load, tasks)
    shape = np.sqrt(np.log1p(variation**2))
    took = rng.lognormal(-(shape**2) / 2, shape, tasks)
    sent_at, worked = np.cumsum(gaps), np.cumsum(took)
    finished_at = worked + np.maximum.accumulate(sent_at - worked + took)
    return (sent_at * SERVICE_NS).astype(np.int64), (finished_at * SERVICE_NS).astype(np.int64)


def grows(sent_ns: Times, finished_ns: Times) -> bool:
    return backlog_trend(sent_ns, finished_ns).grows


def line_rises(sent_ns: Times, finished_ns: Times, *, effective: bool = False) -> bool:
    """Judge as an ordinary regression does, or with as many samples as their lag-1 correlation leaves."""
    moments = sent_ns[0] + (sent_ns[-1] - sent_ns[0]) * (np.arange(20) + 0.5) / 20
    backlog = np.searchsorted(sent_ns, moments, side="right") - np.searchsorted(finished_ns, moments, side="right")
    line = stats.linregress(moments, backlog)
    freedom = 18.0
    if effective and line.stderr > 0:
        rests = backlog - line.slope * moments - line.intercept
        lag = max(0.0, rests[1:] @ rests[:-1] / (rests @ rests))
        freedom = max(1.0, 20 * (1 - lag) / (1 + lag) - 2)
    error = line.stderr * np.sqrt(18 / freedom)
    return bool(line.slope > stats.t.ppf(0.975, freedom) * error)


def called_growing(
    judge: Callable[[Times, Times], bool], load: float, sent: str, variation: float, tasks: int = 500
) -> float:
    rng = np.random.default_rng(1)
    return sum(judge(*queue(rng, load, tasks, sent, variation)) for _ in range(RUNS)) / RUNS


@pytest.mark.parametrize("load", [0.5, 0.9, 0.98])
@pytest.mark.parametrize(("sent", "variation"), [("evenly", 0.2), ("evenly", 0.5), ("evenly", 1), ("at random", 0)])
def test_a_load_that_the_worker_keeps_up_with_is_called_growing_in_five_of_a_hundred_runs_at_most(
    load: float, sent: str, variation: float
) -> None:
    assert called_growing(grows, load, sent, variation) <= 0.05


@pytest.mark.parametrize(
    ("sent", "variation", "tasks"),
    [("evenly", 0, 500), ("evenly", 0.2, 500), ("evenly", 0.5, 500), ("at random", 0, 2000)],
)
def test_an_overload_of_a_tenth_is_called_growing_in_95_of_a_hundred_runs(
    sent: str, variation: float, tasks: int
) -> None:
    assert called_growing(grows, 1.1, sent, variation, tasks) >= 0.95


def test_of_tasks_sent_at_random_five_hundred_are_too_few_to_find_an_overload_of_a_tenth() -> None:
    assert called_growing(grows, 1.1, "at random", 0) == pytest.approx(0.52, abs=0.05)


def test_a_straight_line_calls_loads_growing_that_do_not_grow_and_effective_samples_do_not_mend_it() -> None:
    assert called_growing(line_rises, 0.98, "at random", 0) == pytest.approx(0.49, abs=0.05)
    assert called_growing(line_rises, 0.98, "evenly", 0.5) == pytest.approx(0.30, abs=0.05)
    effective = partial(line_rises, effective=True)
    assert called_growing(effective, 0.98, "at random", 0) == pytest.approx(0.24, abs=0.05)
    assert called_growing(effective, 1.1, "evenly", 0.5) == pytest.approx(0.84, abs=0.05)


def test_an_overloaded_workers_interval_holds_the_truth_in_19_of_20_runs() -> None:
    rng = np.random.default_rng(2)
    trends = [backlog_trend(*queue(rng, 1.5, 500, "evenly", 0.5)) for _ in range(400)]
    truth = (1.5 - 1) / (SERVICE_NS / 1e9)
    assert sum(trend.low <= truth <= trend.high for trend in trends) / 400 == pytest.approx(0.95, abs=0.03)


@given(st.integers(min_value=0, max_value=500), st.integers(min_value=3, max_value=40))
def test_a_constant_backlog_has_no_slope(backlog: int, bins: int) -> None:
    sent_ns = np.concatenate([np.zeros(backlog, dtype=np.int64), np.arange(1, 1000) * 1000])
    assert backlog_trend(sent_ns, sent_ns[backlog:], bins) == Trend(0, 0, 0)


def test_a_worker_that_does_nothing_has_a_backlog_that_grows_as_fast_as_tasks_are_sent() -> None:
    trend = backlog_trend(np.arange(2001) * 1_000_000, [])
    assert (trend.slope_per_s, trend.low, trend.high) == pytest.approx((1000, 1000, 1000))
    assert trend.grows


def test_a_backlog_that_is_worked_off_shrinks() -> None:
    sent_ns = np.concatenate([np.zeros(2000, dtype=np.int64), np.arange(1, 1001) * 2_000_000])
    trend = backlog_trend(sent_ns, np.arange(1, 3001) * 1_000_000)
    assert trend.high < 0
    assert trend.slope_per_s == pytest.approx(-500, rel=0.01)


def test_a_short_stall_of_the_worker_is_no_trend() -> None:
    sent_ns = np.arange(1000) * 1_000_000
    finished_ns = np.where(sent_ns < 600_000_000, sent_ns + 500_000, sent_ns + 45_000_000)
    trend = backlog_trend(sent_ns, finished_ns)
    assert trend.slope_per_s > 0
    assert not trend.grows


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=2), st.randoms())
def test_the_order_of_the_records_and_the_zero_of_the_clock_do_not_matter(
    tasks: list[tuple[int, int]], shuffler: random.Random
) -> None:
    sent_ns = [0, 10**9, *(sent for sent, _ in tasks)]
    finished_ns = [sent + took for sent, took in tasks]
    trend = backlog_trend(sent_ns, finished_ns)
    shuffler.shuffle(finished_ns)
    later = 7 * 10**18
    assert backlog_trend([later + one for one in sent_ns[::-1]], [later + one for one in finished_ns]) == trend


def test_a_trend_is_not_made_of_nothing() -> None:
    with pytest.raises(ValueError, match="3 bins or more, not 2"):
        backlog_trend([1, 2], [], bins=2)
    with pytest.raises(ValueError, match="different times"):
        backlog_trend([], [])
    with pytest.raises(ValueError, match="different times"):
        backlog_trend([5, 5], [7])
    with pytest.raises(ValueError, match="2 tasks finished, but only 1"):
        backlog_trend([1], [2, 3])
