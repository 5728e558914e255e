"""Running figures of a measurement: what its last turns say, in little memory."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from statistics import median
from typing import get_args

from bench.records.result import Block, Metric
from bench.report.cleaning import clean
from bench.report.figures import MISSING, duration, rate
from bench.report.points import turn_figure

__all__ = ["RunningFigures"]

_TURNS_KEPT = 500


class RunningFigures:
    """The median of each subject's last 500 turns: of their median calls, or of their tasks a second.

    One thread may add what another reads.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._labels = dict.fromkeys(labels)  # a set that keeps the order
        self._figures: dict[tuple[str, Metric], deque[float]] = defaultdict(lambda: deque(maxlen=_TURNS_KEPT))
        self._reasons: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, block: Block) -> None:
        """Take in a block; warm-up counts for nothing."""
        if block.warmup:
            return
        with self._lock:
            for turn in block.turns:
                self._labels.setdefault(turn.subject)
                figure = turn_figure(turn)
                if figure is not None:
                    self._figures[turn.subject, block.metric].append(figure)

    def fail(self, label: str, reason: str) -> None:
        """Remember why a subject is not measured any more."""
        with self._lock:
            self._labels.setdefault(label)
            self._reasons[label] = reason

    def table(self) -> list[tuple[str, ...]]:
        """Give a row for each subject: its name, its figure in every metric, why it failed."""
        with self._lock:
            return [self._row(label) for label in self._labels]

    def sentence(self, metric: Metric) -> str:
        """List the subjects that go on, with their figures."""
        with self._lock:
            going = [label for label in self._labels if label not in self._reasons]
            return ", ".join(f"{clean(label)} {self._figure(label, metric)}" for label in going)

    def _row(self, label: str) -> tuple[str, ...]:
        reason = f"failed: {self._reasons[label]}" if label in self._reasons else ""
        return clean(label), *(self._figure(label, metric) for metric in get_args(Metric)), reason

    def _figure(self, label: str, metric: Metric) -> str:
        figures = self._figures.get((label, metric))
        if not figures:
            return MISSING
        return duration(median(figures)) if metric == "enqueue" else rate(median(figures))
