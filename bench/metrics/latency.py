"""``latency``: how late tasks end in an open loop, which sends each at its intended time or, if late, at once."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from bench.metrics.highlights import Glance
from bench.metrics.metric import AllTurns, Asked, Metric, Order, TurnPart
from bench.metrics.pacing import is_unsent, void_reason
from bench.metrics.sides import SideMetric, median_of
from bench.metrics.telling import TIMES, Column, Curve, Words, rate_column
from bench.processes.drain import Paced
from bench.processes.pausing import pauses
from bench.processes.running import Needs, Running
from bench.records.bounds import Count, Few, Number, PositiveNanoseconds, PositiveNumber
from bench.records.effort import Pauses
from bench.records.result import Result
from bench.records.turns import HistogramRecord, Place, Series, Turn
from bench.stats.trend import backlog_trend
from bench.subject.recorder import FINISHED, STARTED
from bench.text.numbers import Figure, count

__all__ = [
    "LEAST_RATE",
    "LOADS",
    "MOST_RATE",
    "SIDES_LOAD",
    "Latency",
    "LatencyTurn",
    "OpenLoop",
    "is_unsent_turn",
    "latency_turn",
    "open_loop",
    "turn_tasks",
    "void_tries",
]

LEAST_RATE, MOST_RATE = 0.1, 1_000_000
"""The range of rates at which latency may be measured, in tasks a second."""
LOADS = (0.25, 0.5, 0.75, 0.9)
"""Shares of a subject's own capacity at which latency is measured, unless rates are given."""
SIDES_LOAD = 0.5
"""The load of two sides: a share of what the slower side drains, so that both get the same rate."""
_WARMUP_SHARE = 0.1
_WANTED_TASKS = 300


def _histograms(samples: dict[str, Any], warmup: int) -> dict[str, Any]:
    """Return the record of each kind of sample, without the warm-up."""
    return {name: HistogramRecord.of(values_ns[warmup:]) for name, values_ns in samples.items()}


_SHORTEST_S, _LONGEST_S = 0.75, 3.0
_SIDES_PART = 1 / 3  # of a usual turn: two sides have one in each of many generations
_LEAST_NS = 1.0  # what took no time has no logarithm
_MAIN, _APART = "response", ("start", "service", "schedule_lag", "generator_lag")


class OpenLoop(Turn):
    """One subject's tasks that were sent in an open loop: each at its intended time or, if late, at once.

    No histogram includes the first ``warmup_tasks``. ``start`` and ``response`` count from the intended time to the
    task's start and end, ``service`` from start to end. ``schedule_lag`` is how late calls began; ``generator_lag`` is
    the part of it in which no earlier call was in progress, so the generator itself was late. ``dropped`` tasks were
    never sent. ``sending_ns`` is the time from the first intended time to one interval after the last call began:
    ``sent`` divided by it is the achieved rate. ``backlog_per_s`` is the slope of the number of waiting tasks while
    they were sent, with its 95 % interval.
    """

    rate_per_s: PositiveNumber
    warmup_tasks: Count
    sent: Count
    dropped: Count = 0
    sending_ns: PositiveNanoseconds
    start: HistogramRecord
    response: HistogramRecord
    service: HistogramRecord
    schedule_lag: HistogramRecord
    generator_lag: HistogramRecord
    backlog_per_s: tuple[Number, Number, Number]
    pauses: Pauses | None = None
    """After the warm-up: the times in which a task waited and none ran."""

    def void_reason(self) -> str | None:
        """Return why its figures are void; None if they are not."""
        lag, latency = self.generator_lag.counted(), self.response.counted()
        return void_reason(self.rate_per_s, self.sent, self.sending_ns, lag, latency)


class LatencyTurn(OpenLoop):
    """One subject's turn of one block. ``void`` are its earlier tries, which were void.

    ``load`` is the share of the capacity at which it was sent, if the rate of its block's place could not be sent.
    """

    load: PositiveNumber | None = None
    void: Few[OpenLoop] = []


def void_tries(turn: Turn) -> int:
    """Return how many tries of a turn were void and came before the one that counts."""
    return len(turn.void) if isinstance(turn, LatencyTurn) else 0


def turn_tasks(rate_per_s: float, part: float = 1.0) -> int:
    """Return how many tasks a turn at this rate sends: 300, but for at least 0.75 and at most 3 seconds.

    ``part`` is the part of such a turn to take.
    """
    seconds = min(max(_WANTED_TASKS / rate_per_s, _SHORTEST_S), _LONGEST_S)
    return max(2, round(rate_per_s * seconds * part))


def is_unsent_turn(turn: OpenLoop) -> bool:
    """Return True if the tasks of a turn were sent at less than 99 % of the intended rate."""
    return is_unsent(turn.rate_per_s, turn.sent, turn.sending_ns)


def latency_turn(running: Running, paced: Paced, tasks: int) -> LatencyTurn:
    """Return the same as ``open_loop`` as a turn that is not taken again."""
    return LatencyTurn(**dict(open_loop(running, paced, tasks)))


def open_loop(running: Running, paced: Paced, tasks: int) -> OpenLoop:
    """Combine the intended and the actual send times of ``tasks`` with the worker's record of them."""
    lags_ns, calls_ns = (np.asarray(times, dtype=np.int64) for times in (paced.lags_ns, paced.calls_ns))
    intended_ns = paced.start_ns + paced.interval_ns * np.arange(len(lags_ns))
    (_, starts_ns), (_, ends_ns) = paced.events.first(STARTED), paced.events.first(FINISHED)
    warmup = int(_WARMUP_SHARE * len(lags_ns))
    sent_ns = intended_ns + lags_ns + calls_ns
    trend = backlog_trend(sent_ns, ends_ns)
    samples = {
        "start": starts_ns - intended_ns,
        "response": ends_ns - intended_ns,
        "service": ends_ns - starts_ns,
        "schedule_lag": lags_ns,
        "generator_lag": np.asarray(paced.generator_lags_ns, dtype=np.int64),
    }
    return OpenLoop(
        subject=running.label,
        layer=running.layer,
        rate_per_s=1e9 / paced.interval_ns,
        warmup_tasks=warmup,
        sent=len(lags_ns),
        dropped=tasks - len(lags_ns),
        sending_ns=int(intended_ns[-1] + lags_ns[-1] + paced.interval_ns - intended_ns[0]),
        backlog_per_s=(trend.slope_per_s, trend.low, trend.high),
        pauses=pauses(paced.events, int(intended_ns[warmup]), int(ends_ns.max()), sent_ns),
        **_histograms(samples, warmup),
    )


def _method(_: Result) -> str:
    return (
        "Open loop: each task is sent at its intended time, whatever happened to those before it, or at once if that "
        "time has passed. Latency counts from the intended time to the task's end, by the worker's own record. "
        "Start counts from the intended time, service from start to end; schedule lag is how late calls began, "
        "generator lag the part of it that was not spent in an earlier call."
    )


class Latency(Metric):
    """The response time of a task. It counts from the intended time, so a stalled server shows in full."""

    name = "latency"
    order = 3
    turn = LatencyTurn
    needs = Needs(worker=True, empty_queue=True)
    share = 0.5
    asked_only = False
    long_runs_only = True
    warmed_up = False
    words = Words(
        compared="a task on {name} ends {ratio} as late as one on {to}",
        alone=("median", "a median task on {name} ends {figure} after its intended time"),
        since="a task on {name} ends {ratio} as late as in the baseline",
        what="median time to the task's end",
        samples="tasks",
        columns=(
            *TIMES,
            Column("intended/s", lambda row: Figure(count(row.intended_per_s))),
            rate_column("sent/s"),
            Column("dropped", lambda row: Figure(f"{row.dropped:,}")),
        ),
        short=("median", "p95", "p99", "sent/s"),
        curve=Curve(axis="latency", logarithmic=True),
        also=(("p99 of the time to the task's end", lambda row: row.p99_ns),),
        apart="Start, service and lags separately",
        glance=Glance(
            head="p99 {at}", series=("load", "rate_per_s"), at={"load": SIDES_LOAD}, figure=lambda row: row.p99_ns
        ),
        live=True,
        reading=(
            "Latency is open-loop: it counts from the intended time of a task, "
            "so whatever delays the sending counts, too. "
            "A figure is void, and should not be trusted, if less than 99 % of the intended rate was achieved, "
            "or if the generator itself was late: if the p99 of its lag is more than 5 % of the latency's p99."
        ),
        method=_method,
        how=lambda _: "turns of tasks sent in an open loop, each at its intended time",
    )
    sides = (
        SideMetric(
            name="latency",
            measured=("throughput", "latency"),  # the load is a share of what drains
            sentence="Latency: a task of B ends {ratio} as late as one of A",
            figure=median_of("latency"),
        ),
    )

    def series(self, asked: Asked) -> list[Series]:
        """Return a series for each rate that the user asked for, or else for each load."""
        if asked.rates_per_s:
            return [Series(self.name, (("rate_per_s", rate),)) for rate in asked.rates_per_s]
        loads = (SIDES_LOAD,) if asked.sides else LOADS
        return [Series(self.name, (("load", load),)) for load in loads]

    def least_s(self, at: Place) -> float:
        """Return how long sending takes, if the rate is known."""
        rate_per_s = float(at.get("rate_per_s", 0.0))
        return turn_tasks(rate_per_s) / rate_per_s if rate_per_s else 0.0

    def take(self, running: Running, order: Order) -> LatencyTurn:
        """Send tasks at the rate, or at the share of the capacity, that the place names."""
        rate_per_s, sizes = float(order.at.get("rate_per_s", 0)), order.sizes
        may_lower = not (rate_per_s or sizes.sides)  # else, that very rate was asked for
        if not rate_per_s:
            base_per_s = sizes.slowest_per_s() if sizes.sides else sizes.capacity_per_s(running)
            rate_per_s = float(order.at["load"]) * base_per_s
        part = _SIDES_PART if sizes.sides else 1.0

        def send(share: float, longer: int) -> OpenLoop:
            tasks = turn_tasks(share * rate_per_s, part) * longer
            return open_loop(running, running.pace(tasks, share * rate_per_s), tasks)

        def is_too_fast(turn: OpenLoop) -> bool:
            return may_lower and is_unsent_turn(turn)

        pacing = sizes.pacing(running, order.at)
        *void, last = pacing.tries(send, lambda turn: turn.void_reason() is not None, is_too_fast)
        load = round(pacing.share * float(order.at["load"]), 3) if pacing.share < 1 else None
        return LatencyTurn(**dict(last), void=void, load=load)

    def parts(self, turn: LatencyTurn) -> Iterable[TurnPart]:
        """Return the histograms; nothing if they are empty. One at a lower load has tries at its block's own place."""
        if turn.load is None:
            yield from _part(turn, {})
            return
        yield from _part(turn, {"load": turn.load})
        if tries := [one for one in turn.void if one.rate_per_s > turn.rate_per_s]:
            yield from _part(tries[-1], {})

    def more(self, whole: AllTurns) -> dict[str, Any]:
        """Return the intended rate, the separate percentiles, the dropped tasks, and why the figures are void."""
        return {
            "apart": {name.replace("_", " "): whole.percentiles(name) for name in _APART},
            "intended_per_s": whole.rate_per_s,
            "dropped": whole.dropped,
            "void": _void_reason(whole),
        }


def _part(turn: OpenLoop, at: Place) -> Iterable[TurnPart]:
    counted = {name: getattr(turn, name).counted() for name in (_MAIN, *_APART)}
    if counted[_MAIN].total:
        yield TurnPart(
            figure=max(float(counted[_MAIN].quantile(0.5)), _LEAST_NS),
            events=turn.sent,
            duration_ns=turn.sending_ns,
            counted=counted,
            dropped=turn.dropped,
            rate_per_s=turn.rate_per_s,
            void=turn.void_reason() is not None,
            pauses=turn.pauses,
            at=at,
        )


def _void_reason(whole: AllTurns) -> str | None:
    """Return why the figures of this rate are void; None if they are not."""
    lag, latency = whole.counted("generator_lag"), whole.counted(_MAIN)
    return void_reason(whole.rate_per_s, whole.events, whole.duration_ns, lag, latency)
