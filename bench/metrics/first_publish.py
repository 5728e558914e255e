"""``first-publish``: how long the first call of a fresh process takes, and the only calls of fresh threads."""

from collections.abc import Iterator

from bench.metrics.highlights import Glance
from bench.metrics.metric import Metric, Order, TurnPart
from bench.metrics.telling import MEAN, TIMES, Words
from bench.processes.running import Needs, Running
from bench.records.bounds import Many, PositiveNanoseconds
from bench.records.turns import Turn

__all__ = ["FirstPublish", "FirstPublishTurn"]

_THREADS = 5  # in a turn, each of them fresh


class FirstPublishTurn(Turn):
    """The first call of a fresh process, and then the only calls of fresh threads in that process."""

    process_ns: PositiveNanoseconds
    threads_ns: Many[PositiveNanoseconds]


class FirstPublish(Metric):
    """The duration of a first call. A fresh process has to connect, and a fresh thread may have to."""

    name = "first-publish"
    order = 6
    turn = FirstPublishTurn
    when = "first"
    needs = Needs(producer=True)
    asked_only = False
    warmed_up = False
    rated = False
    few = True
    words = Words(
        compared="{name}'s first publish takes {ratio} the time of {to}'s",
        alone=("mean", "{name}'s first publish takes {figure}"),
        since="{name}'s first publish takes {ratio} the time of the baseline's",
        what="mean of a first call",
        samples="calls",
        columns=(MEAN, *TIMES),
        short=("mean", "median", "p95", ""),
        glance=Glance(does="publishes for the first time", series=("of",), at={"of": "process"}),
        method=lambda _: (
            "The first call of a fresh process, which has to connect, and the only calls of fresh threads "
            "in a process that has published before. Samples are few, so the figure is a geometric mean."
        ),
        how=lambda _: "fresh processes and fresh threads, one call each",
    )

    def take(self, running: Running, order: Order) -> FirstPublishTurn:
        """Make the producer's first calls."""
        (process_ns,) = running.call("enqueue", 1)
        return FirstPublishTurn(
            subject=running.label, process_ns=process_ns, threads_ns=running.call("thread", _THREADS)
        )

    def parts(self, turn: FirstPublishTurn) -> Iterator[TurnPart]:
        """Return the process's call and the threads' calls separately."""
        yield from TurnPart.of_samples([turn.process_ns], {"of": "process"})
        yield from TurnPart.of_samples(turn.threads_ns, {"of": "thread"})
