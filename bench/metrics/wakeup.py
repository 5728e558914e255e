"""``wakeup``: how soon a task starts on a worker whose queue was empty for a while."""

from collections.abc import Iterable
from typing import Any

from pydantic import model_validator

from bench.metrics.highlights import Glance
from bench.metrics.metric import Asked, Metric, Order, TurnPart
from bench.metrics.telling import MEAN, TIMES, Words
from bench.processes.running import Needs, Running
from bench.records.bounds import PositiveNanoseconds
from bench.records.turns import Place, Series, Turn
from bench.subject.recorder import STARTED

__all__ = ["Wakeup", "WakeupTurn"]


class WakeupTurn(Turn):
    """One task sent to an idle queue: from just before the call to the task's start."""

    start_ns: PositiveNanoseconds

    @model_validator(mode="before")
    @classmethod
    def _of_earlier_results(cls, turn: Any) -> Any:
        """Drop the time of the call, which results of earlier versions have."""
        return {name: turn[name] for name in turn if name != "call_ns"} if isinstance(turn, dict) else turn


class Wakeup(Metric):
    """The time to wake a worker: all workers wait at their empty queues, and then each gets one task."""

    name = "wakeup"
    order = 5
    turn = WakeupTurn
    needs = Needs(worker=True)
    share = 0.5
    waits = True
    rated = False
    few = True
    words = Words(
        compared="a task on {name} starts {ratio} as late as one on {to}",
        alone=("mean", "a task on {name} starts {figure} after the call"),
        since="a task on {name} starts {ratio} as late as in the baseline",
        what="mean time to the task's start",
        samples="tasks",
        columns=(MEAN, *TIMES),
        short=("mean", "median", "p95", ""),
        glance=Glance(head="wakeup {at}", does="starts an awaited task", series=("idle_s",), at={"idle_s": 5.0}),
        method=lambda _: (
            "One task is sent to a worker whose queue was empty for the idle time. "
            "The time counts from just before the call to the task's start, by the worker's own record. "
            "Samples are few, so the figure is a geometric mean."
        ),
        how=lambda _: "turns of one task sent to an idle queue",
    )

    def series(self, asked: Asked) -> list[Series]:
        """Return a series for each idle time."""
        return [Series(self.name, (("idle_s", idle_s),)) for idle_s in asked.idle_s]

    def least_s(self, at: Place) -> float:
        """Return the idle time."""
        return float(at.get("idle_s", 0.0))

    def take(self, running: Running, order: Order) -> WakeupTurn:
        """Send one task to the worker that waits."""
        paced = running.send_one()
        _, starts_ns = paced.events.first(STARTED)
        return WakeupTurn(subject=running.label, start_ns=int(starts_ns[0] - paced.start_ns - paced.lags_ns[0]))

    def parts(self, turn: WakeupTurn) -> Iterable[TurnPart]:
        """Return the one sample."""
        return TurnPart.of_samples([turn.start_ns])
