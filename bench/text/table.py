"""A table, before it is drawn."""

from dataclasses import dataclass, field

__all__ = ["Table", "Titled"]


@dataclass(frozen=True)
class Table:
    """A printed table: one text for each heading in every row. The first ``names`` columns identify the row."""

    head: list[str]
    rows: list[list[str]] = field(default_factory=list)
    names: int = 1


@dataclass(frozen=True)
class Titled:
    """A table, its title, and its notes; a folded one is for readers who ask for it."""

    caption: str
    table: Table
    note: str = ""
    folded: bool = False
