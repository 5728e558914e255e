"""Running figures of a measurement: a summary of its last turns, in little memory."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from bench.metrics.registry import catalogue, find_metric
from bench.records.turns import Block, Turn
from bench.stats.intervals import Interval
from bench.stats.running import running_interval
from bench.text.cleaning import clean
from bench.text.numbers import MISSING
from bench.text.places import place_key, place_name

__all__ = ["RunningColumn", "RunningFigures"]

_TURNS_KEPT = 200
_Turns = dict[int, deque[float]]


@dataclass(frozen=True)
class RunningColumn:
    """A metric's figures at the place that was measured last, by subject."""

    metric: str
    head: str
    figures: dict[str, Interval]


class RunningFigures:
    """Keep, for each subject, the figures of its last 200 turns in each generation, at the place measured last.

    A turn's figure is its median call, its tasks a second, or its median response. One thread can add while another
    reads.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._labels = dict.fromkeys(labels)  # an ordered set
        self._figures: dict[tuple[str, str, object], _Turns] = defaultdict(dict)
        self._last: dict[str, tuple[object, str]] = {}
        self._reasons: dict[str, str] = {}
        self._lock = threading.Lock()

    def add(self, block: Block) -> None:
        """Add a block; warm-up and ceilings are ignored."""
        if block.warmup:
            return
        with self._lock:
            self._last.pop(block.metric, None)  # the last one measured comes last
            self._last[block.metric] = place_key(block.at), place_name(block.at)
            for turn in (turn for turn in block.turns if turn.layer == "celery"):
                self._labels.setdefault(turn.subject)
                figure = _figure_of(block.metric, turn)
                if figure is not None:
                    turns = self._figures[turn.subject, block.metric, place_key(block.at)]
                    turns.setdefault(block.generation, deque(maxlen=_TURNS_KEPT)).append(figure)

    def fail(self, label: str, reason: str) -> None:
        """Remember why a subject is no longer measured."""
        with self._lock:
            self._labels.setdefault(label)
            self._reasons[label] = reason

    @property
    def labels(self) -> list[str]:
        """Return all subjects, in the order in which they are shown."""
        with self._lock:
            return list(self._labels)

    def reason(self, label: str) -> str:
        """Return why a subject is no longer measured; empty if it is."""
        return self._reasons.get(label, "")

    def columns(self, most: int) -> list[RunningColumn]:
        """Return the figures of at most that many metrics, the last ones measured, in the order of the catalogue."""
        with self._lock:
            live = [name for name in self._last if find_metric(name).words.live][-most:]
            return [self._column(name) for name in catalogue() if name in live]

    def sentence(self, metric: str) -> str:
        """Return the subjects that have not failed, with their figures, in one line."""
        with self._lock:
            figures = self._column(metric).figures if metric in self._last else {}
            going = [label for label in self._labels if label not in self._reasons]
        texts = {label: find_metric(metric).text(figure.value) for label, figure in figures.items()}
        return ", ".join(f"{clean(label)} {texts.get(label, MISSING)}" for label in going)

    def _column(self, metric: str) -> RunningColumn:
        place, name = self._last[metric]
        turns = {label: self._figures.get((label, metric, place)) for label in self._labels}
        figures = {label: running_interval(list(one.values())) for label, one in turns.items() if one}
        return RunningColumn(metric, " ".join(filter(None, (metric, name))), figures)


def _figure_of(metric: str, turn: Turn) -> float | None:
    """Return the figure of a turn that is compared, or None."""
    return next((part.figure for part in find_metric(metric).parts(turn)), None)
