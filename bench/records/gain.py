"""How many times better something is than what it is compared with."""

from typing import Self

from bench.records.bounds import Count, Number, PositiveNumber
from bench.records.strict import Record
from bench.stats.intervals import PairedRatio

__all__ = ["Gain"]


class Gain(Record):
    """How many times better, with its 95 % interval; no bounds if there was too little to draw from.

    ``detectable`` is the smallest relative difference that 80 of 100 such measurements would have distinguished.
    """

    value: PositiveNumber
    low: PositiveNumber | None = None
    high: PositiveNumber | None = None
    detectable: Number | None = None
    generations: Count = 0
    """Of fresh processes."""

    @property
    def is_certain(self) -> bool:
        """Return whether its whole interval is a gain."""
        return self.low is not None and self.low > 1

    @classmethod
    def of(cls, ratio: PairedRatio) -> Self:
        """Return the record of a ratio that is above 1 where it is better."""
        names = ("value", "low", "high", "detectable", "generations")
        return cls(**{name: getattr(ratio, name) for name in names})
