"""Turns what an open loop sent, and what the worker's record says of it, into a turn's figures."""

from typing import Any

import numpy as np

from bench.engine.drain import Events
from bench.records.turns import Histogram, LatencyTurn
from bench.stats.trend import backlog_trend
from bench.subject.recorder import FINISHED, STARTED

__all__ = ["latency_turn", "turn_tasks"]

_WARMUP_SHARE = 0.1
_WANTED_TASKS = 300
_SHORTEST_S, _LONGEST_S = 0.75, 3.0


def turn_tasks(rate_per_s: float) -> int:
    """Return how many tasks a turn at this rate sends: 300, but for 0.75 to 3 seconds."""
    seconds = min(max(_WANTED_TASKS / rate_per_s, _SHORTEST_S), _LONGEST_S)
    return max(2, round(rate_per_s * seconds))


def latency_turn(subject: str, paced: dict[str, Any], events: Events, *, tasks: int, interval_ns: int) -> LatencyTurn:
    """Put the producer's answer to ``pace`` and the worker's events of the same tasks together."""
    lags_ns, calls_ns = (np.asarray(paced[name], dtype=np.int64) for name in ("done", "calls_ns"))
    intended_ns = paced["start_ns"] + interval_ns * np.arange(len(lags_ns))
    (_, starts_ns), (_, ends_ns) = events.first(STARTED), events.first(FINISHED)
    warmup = int(_WARMUP_SHARE * len(lags_ns))
    trend = backlog_trend(intended_ns + lags_ns + calls_ns, ends_ns)
    samples = {
        "start": starts_ns - intended_ns,
        "response": ends_ns - intended_ns,
        "service": ends_ns - starts_ns,
        "schedule_lag": lags_ns,
        "generator_lag": np.asarray(paced["generator_lag_ns"], dtype=np.int64),
    }
    return LatencyTurn(
        subject=subject,
        rate_per_s=1e9 / interval_ns,
        warmup_tasks=warmup,
        sent=len(lags_ns),
        dropped=tasks - len(lags_ns),
        sending_ns=int(intended_ns[-1] + lags_ns[-1] + interval_ns - intended_ns[0]),
        backlog_per_s=(trend.slope_per_s, trend.low, trend.high),
        **{name: Histogram.of(values_ns[warmup:]) for name, values_ns in samples.items()},
    )
