"""Running figures of a measurement: what its last turns say, in little memory."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from statistics import median
from typing import get_args

from bench.records.turns import Block, DrainTurn, EnqueueTurn, Metric, Turn
from bench.report.cleaning import clean
from bench.report.numbers import MISSING, duration, rate
from bench.report.pictures.points import turn_figure
from bench.report.places import place_key, place_name

__all__ = ["SHOWN", "RunningFigures"]

_TURNS_KEPT = 500
SHOWN: tuple[Metric, ...] = ("enqueue", "throughput", "latency")
"""The metrics whose figures mean something turn by turn; three have room beside each other."""


class RunningFigures:
    """The median of each subject's last 500 turns at the place that was measured last.

    It is the median of their median calls, of their tasks a second, or of their median responses.
    One thread may add what another reads.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._labels = dict.fromkeys(labels)  # a set that keeps the order
        self._figures: dict[tuple[str, Metric, object], deque[float]] = defaultdict(lambda: deque(maxlen=_TURNS_KEPT))
        self._last: dict[Metric, tuple[object, str]] = {}
        self._reasons: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, block: Block) -> None:
        """Take in a block; warm-up and ceilings count for nothing."""
        if block.warmup:
            return
        with self._lock:
            self._last[block.metric] = place_key(block.at), place_name(block.at)
            for turn in filter(_by_celery, block.turns):
                self._labels.setdefault(turn.subject)
                figure = turn_figure(turn)
                if figure is not None:
                    self._figures[turn.subject, block.metric, place_key(block.at)].append(figure)

    def fail(self, label: str, reason: str) -> None:
        """Remember why a subject is not measured any more."""
        with self._lock:
            self._labels.setdefault(label)
            self._reasons[label] = reason

    def table(self) -> list[tuple[str, ...]]:
        """Return a head with the metrics that have figures, and a row for each subject.

        It holds the subject's name, its figure in each of them, and why it failed.
        """
        with self._lock:
            shown = [metric for metric in get_args(Metric) if metric in SHOWN and metric in self._last]
            heads = (" ".join(filter(None, (metric, self._last[metric][1]))) for metric in shown)
            return [("", *heads, ""), *(self._row(label, shown) for label in self._labels)]

    def sentence(self, metric: Metric) -> str:
        """List the subjects that go on, with their figures."""
        with self._lock:
            going = [label for label in self._labels if label not in self._reasons]
            return ", ".join(f"{clean(label)} {self._figure(label, metric)}" for label in going)

    def _row(self, label: str, shown: list[Metric]) -> tuple[str, ...]:
        reason = f"failed: {self._reasons[label]}" if label in self._reasons else ""
        return clean(label), *(self._figure(label, metric) for metric in shown), reason

    def _figure(self, label: str, metric: Metric) -> str:
        place, _ = self._last.get(metric, ((), ""))
        figures = self._figures.get((label, metric, place))
        if not figures:
            return MISSING
        return rate(median(figures)) if metric == "throughput" else duration(median(figures))


def _by_celery(turn: Turn) -> bool:
    return not isinstance(turn, EnqueueTurn | DrainTurn) or turn.layer == "celery"
