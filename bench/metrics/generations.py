"""Groups the turns of whole blocks."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from bench.records.provenance import SubjectRecord
from bench.records.turns import Block, Place, Turn

__all__ = ["by_place_and_generation"]

T = TypeVar("T", bound=Turn)


def by_place_and_generation(
    subjects: Iterable[SubjectRecord], blocks: Iterable[Block], kind: type[T]
) -> Iterator[tuple[SubjectRecord, Place, list[list[T]]]]:
    """Return each subject's turns of this kind by place and, within a place, by generation."""
    places: dict[tuple[Any, ...], Place] = {}
    found: dict[tuple[str, tuple[Any, ...]], dict[int, list[T]]] = {}
    for block in blocks:
        place = tuple(sorted(block.at.items()))
        for turn in block.turns:
            if isinstance(turn, kind) and not block.warmup:
                places[place] = block.at
                found.setdefault((turn.subject, place), {}).setdefault(block.generation, []).append(turn)
    for subject in subjects:
        for place, at in places.items():
            if generations := found.get((subject.label, place)):
                yield subject, at, list(generations.values())
