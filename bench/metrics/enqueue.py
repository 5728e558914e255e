"""``enqueue``: how long a call of ``apply_async`` takes, in a closed loop."""

from collections.abc import Iterable

from bench.metrics.highlights import Glance
from bench.metrics.metric import Metric, Order, TurnPart
from bench.metrics.sides import SideMetric, median_of
from bench.metrics.telling import TIMES, Curve, Words, rate_column
from bench.processes.running import Needs, Running
from bench.records.bounds import Duration, Many
from bench.records.result import Result
from bench.records.turns import Turn
from bench.text.cleaning import clean

__all__ = ["Enqueue", "EnqueueTurn"]


class EnqueueTurn(Turn):
    """One subject's calls of one block."""

    warmup_ns: Many[Duration]
    samples_ns: Many[Duration]


def _method(result: Result) -> str:
    workload = result.workload
    return (
        f"A turn is {workload.calls} closed-loop calls that enqueue {clean(workload.task)}, "
        f"timed in the subject's own process, after {workload.warmup_calls} warm-up calls."
    )


class Enqueue(Metric):
    """The duration of a call. The next call begins when the last one returned, so it is not a latency under load."""

    name = "enqueue"
    order = 1
    turn = EnqueueTurn
    needs = Needs(producer=True)
    share = 0.2
    asked_only = False
    ceiled = True
    words = Words(
        compared="{name}'s enqueue takes {ratio} the time of {to}'s",
        alone=("median", "a median enqueue on {name} takes {figure}"),
        since="{name}'s enqueue takes {ratio} the time of the baseline's",
        what="median of one call",
        samples="calls",
        columns=(*TIMES, rate_column("calls/s")),
        short=("median", "p95", "p99", "calls/s"),
        curve=Curve(axis="time of one call", caption="time of one call by percentile"),
        glance=Glance(does="enqueues"),
        live=True,
        reading="An enqueue is closed-loop: each call waits for the previous one, so it is not a latency under load.",
        method=_method,
        how=lambda result: f"turns of {result.workload.calls} closed-loop calls",
    )
    sides = (
        SideMetric(
            name="enqueue",
            measured=("enqueue",),
            sentence="Enqueue: B takes {ratio} the time of A",
            figure=median_of("enqueue"),
        ),
    )

    def take(self, running: Running, order: Order) -> EnqueueTurn:
        """Time the calls; the first ones are the warm-up, kept apart."""
        warmup, calls = running.workload.warmup_calls, running.workload.calls
        durations_ns = running.call("enqueue", warmup + calls)
        return EnqueueTurn(
            subject=running.label,
            layer=running.layer,
            warmup_ns=durations_ns[:warmup],
            samples_ns=durations_ns[warmup:],
        )

    def parts(self, turn: EnqueueTurn) -> Iterable[TurnPart]:
        """Return the durations of the calls."""
        return TurnPart.of_samples(turn.samples_ns)
