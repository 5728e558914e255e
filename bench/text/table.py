"""A table, before it is drawn."""

from dataclasses import dataclass, field

__all__ = ["Table", "Titled"]


@dataclass(frozen=True)
class Table:
    """A printed table: one text for each head in every row. The first ``names`` columns say what the others are of."""

    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    names: int = 1


@dataclass(frozen=True)
class Titled:
    """A table, what it shows, and what is to be known of it; a folded one is for those who ask."""

    caption: str
    table: Table
    note: str = ""
    folded: bool = False
