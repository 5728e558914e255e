"""The numbers, lists and texts that records contain, and their upper bounds.

No honest record reaches these bounds. They keep a made-up document from taking hours, and keep sums, products and
quotients within 64 bits and within the range of a float.
"""

from datetime import datetime
from typing import Annotated, TypeVar

from annotated_types import Ge, Gt, Le, Lt, MaxLen
from pydantic import AfterValidator, AwareDatetime, FailFast

__all__ = [
    "MOST",
    "MOST_SEED",
    "Count",
    "Duration",
    "Few",
    "Folder",
    "Many",
    "Margin",
    "Name",
    "Nanoseconds",
    "Number",
    "PositiveCount",
    "PositiveNanoseconds",
    "PositiveNumber",
    "Rows",
    "Seconds",
    "Seed",
    "Times",
    "When",
    "Whole",
]

T = TypeVar("T")
MOST = 2**53
"""Up to here, a float can represent every integer: 104 days in nanoseconds, 8 PiB."""
_MOST_TIMES = 2**32
_MOST_S = 1e9
_LARGEST, _SMALLEST = 1e100, 1e-100
_YEARS = range(1970, 9000)


def _without_dust(number: float) -> float:
    """Return 0 for a number that is nearer to it than any figure, which is where a fit may end."""
    return number if abs(number) >= _SMALLEST else 0.0


def _in_our_time(when: datetime) -> datetime:
    if when.year not in _YEARS:
        raise ValueError(f"Input should be a time between {_YEARS.start} and {_YEARS.stop}")
    return when


Whole = Annotated[int, Ge(-MOST), Le(MOST)]
Count = Annotated[int, Ge(0), Le(MOST)]
PositiveCount = Annotated[int, Gt(0), Le(MOST)]
Times = Annotated[int, Gt(0), Le(_MOST_TIMES)]
"""How often one duration was seen: the counts of a whole histogram are added up."""
Nanoseconds = Whole
Duration = Count
"""In nanoseconds; 0 if a clock did not move."""
PositiveNanoseconds = PositiveCount
Number = Annotated[float, Ge(-_LARGEST), Le(_LARGEST), AfterValidator(_without_dust)]
"""Any two can be multiplied, and divided if the second is not 0."""
PositiveNumber = Annotated[float, Ge(_SMALLEST), Le(_LARGEST)]
Seconds = Annotated[float, Ge(0), Le(_MOST_S)]
When = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Margin = Annotated[float, Gt(0), Lt(1)]
MOST_SEED = 2**63 - 1
Seed = Annotated[int, Ge(0), Le(MOST_SEED)]
Name = Annotated[str, MaxLen(500)]
Folder = Annotated[str, MaxLen(4096)]
Many = Annotated[list[T], FailFast()]
"""Only the first wrong entry is reported, not each of a million."""
Few = Annotated[list[T], FailFast(), MaxLen(1000)]
Rows = Annotated[list[T], FailFast(), MaxLen(10_000)]
