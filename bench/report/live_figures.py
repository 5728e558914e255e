"""Running figures of a measurement: a summary of its last turns, in little memory."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from statistics import median

from bench.metrics.registry import catalogue, find_metric
from bench.records.turns import Block, Turn
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, duration, rate
from bench.text.places import place_key, place_name

__all__ = ["RunningFigures"]

_TURNS_KEPT = 500
_MOST_SHOWN = 3  # fit side by side


class RunningFigures:
    """Keep, for each subject, the median over its last 500 turns at the place measured last.

    It is the median of the turns' median calls, tasks per second, or median responses. One thread can add while another
    reads.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._labels = dict.fromkeys(labels)  # an ordered set
        self._figures: dict[tuple[str, str, object], deque[float]] = defaultdict(lambda: deque(maxlen=_TURNS_KEPT))
        self._last: dict[str, tuple[object, str]] = {}
        self._reasons: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, block: Block) -> None:
        """Add a block; warm-up and ceilings are ignored."""
        if block.warmup:
            return
        with self._lock:
            self._last[block.metric] = place_key(block.at), place_name(block.at)
            for turn in (turn for turn in block.turns if turn.layer == "celery"):
                self._labels.setdefault(turn.subject)
                figure = _figure_of(block.metric, turn)
                if figure is not None:
                    self._figures[turn.subject, block.metric, place_key(block.at)].append(figure)

    def fail(self, label: str, reason: str) -> None:
        """Remember why a subject is no longer measured."""
        with self._lock:
            self._labels.setdefault(label)
            self._reasons[label] = reason

    def table(self) -> list[tuple[str, ...]]:
        """Return a header row with the metrics that have figures, and a row for each subject.

        A row has the subject's name, its figure in each metric, and the reason if it failed.
        """
        with self._lock:
            live = [name for name, metric in catalogue().items() if metric.words.live and name in self._last]
            shown = live[:_MOST_SHOWN]
            heads = (" ".join(filter(None, (metric, self._last[metric][1]))) for metric in shown)
            return [("", *heads, ""), *(self._row(label, shown) for label in self._labels)]

    def sentence(self, metric: str) -> str:
        """Return the subjects that have not failed, with their figures, in one line."""
        with self._lock:
            going = [label for label in self._labels if label not in self._reasons]
            return ", ".join(f"{clean(label)} {self._figure(label, metric)}" for label in going)

    def _row(self, label: str, shown: list[str]) -> tuple[str, ...]:
        reason = f"failed: {self._reasons[label]}" if label in self._reasons else ""
        return clean(label), *(self._figure(label, metric) for metric in shown), reason

    def _figure(self, label: str, metric: str) -> str:
        place, _ = self._last.get(metric, ((), ""))
        figures = self._figures.get((label, metric, place))
        if not figures:
            return MISSING
        return rate(median(figures)) if find_metric(metric).unit == "1/s" else duration(median(figures))


def _figure_of(metric: str, turn: Turn) -> float | None:
    """Return the figure of a turn that is compared, or None."""
    return next((part.figure for part in find_metric(metric).parts(turn)), None)
