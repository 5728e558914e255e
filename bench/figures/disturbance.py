"""Which blocks other programs disturbed. Such a block is marked and counted; it stays in the record and the figures."""

from dataclasses import dataclass, field

from bench.records.figures import Disturbance
from bench.records.result import Result
from bench.records.turns import Block
from bench.text.numbers import percent

__all__ = [
    "FEWEST_CORES",
    "Disturbances",
    "disturbed",
    "disturbed_share",
    "is_busy",
    "now_busy",
    "then_busy",
    "warning",
]

_MOST_SHARE = 0.1  # of all cores: on two, figures of a subject that works on one of them move by as much
FEWEST_CORES = 2
"""For which a block is judged if their number is not given: the strictest of what is usual."""


def is_busy(other_cores: float, cores: int) -> bool:
    """Return True if others use more than a tenth of that many cores, which disturbs a measurement."""
    return other_cores > _MOST_SHARE * cores


def disturbed(block: Block, cores: int = FEWEST_CORES) -> bool:
    """Return True if others used over a tenth of the run's ``cores`` (``Environment.cores_allowed``) during a block."""
    return block.other_cores is not None and is_busy(block.other_cores, cores)


def disturbed_share(result: Result) -> float | None:
    """Return the share of a result's blocks that others disturbed, from 0 to 1; None if unknown."""
    found = result.disturbance
    return found.disturbed / found.blocks if found and found.blocks else None


@dataclass
class Disturbances:
    """Counts the blocks of a run on that many ``cores`` as they arrive. Blocks of the warm-up are ignored."""

    cores: int
    _known: int = 0
    _used: list[float] = field(default_factory=list)
    """The cores that others used during each disturbed block."""
    _total: float = 0.0

    def add(self, block: Block) -> None:
        """Take in a block."""
        if block.warmup or block.other_cores is None:
            return
        self._known += 1
        self._total += block.other_cores
        if disturbed(block, self.cores):
            self._used.append(block.other_cores)

    @property
    def other_cores(self) -> float | None:
        """Return the mean number of cores that others used during all blocks; None if unknown."""
        return round(self._total / self._known, 3) if self._known else None

    def record(self) -> Disturbance | None:
        """Return the counts; None if nothing is known about any block."""
        if not self._known:
            return None
        mean = round(sum(self._used) / len(self._used), 3) if self._used else None
        return Disturbance(blocks=self._known, disturbed=len(self._used), other_cores=mean)


def warning(found: Disturbance | None, cores: int) -> str:
    """Return a sentence about the disturbed blocks; empty if there are none."""
    if found is None or not found.disturbed or found.other_cores is None:
        return ""
    return (
        f"Other programs used {found.other_cores:.1f} of {_of(cores)} during {found.disturbed:,} of {found.blocks:,} "
        f"blocks ({percent(found.disturbed / found.blocks)}). They are marked in the record and part of the figures: "
        "end other programs and measure again."
    )


def then_busy(other_cores: float | None, cores: int) -> str:
    """Return a sentence if other programs disturbed a whole run; else an empty text."""
    if other_cores is None or not is_busy(other_cores, cores):
        return ""
    return f"Other programs used {other_cores:.1f} of {_of(cores)} during the run: end other programs and run it again."


def now_busy(other_cores: float | None, cores: int) -> str:
    """Return a sentence if other programs would disturb a measurement now; else an empty text."""
    if other_cores is None or not is_busy(other_cores, cores):
        return ""
    return f"Other programs use {other_cores:.1f} of {_of(cores)}: end them, or measure later."


def _of(cores: int) -> str:
    return "the only core" if cores == 1 else f"the {cores} cores"
