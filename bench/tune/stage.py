"""What a stage of a search measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.records.result import Result
from bench.records.tune import StageRecord
from bench.stats.halving import Standing
from bench.tune.combining import Combination
from bench.tune.watch import Confirming, Halving

__all__ = ["Ablated", "Stage"]


@dataclass(frozen=True)
class Stage:
    """A run of the search, and who took part in it."""

    record: StageRecord
    result: Result
    combinations: Sequence[Combination]
    watch: Halving | Confirming

    def failure(self, label: str) -> str:
        """Return why a side failed; empty if it did not."""
        found = next((one.failure for one in self.result.subjects if one.label == label), None)
        return found or ""


@dataclass(frozen=True)
class Ablated:
    """A setting that was taken out of ``whole``: where the whole stands above the rest, and whether it stays."""

    name: str
    whole: Combination
    standing: Standing | None
    kept: bool
