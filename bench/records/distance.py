"""A distance: the network that is put between a subject and its server."""

from typing import Annotated, Self

from annotated_types import Ge, Gt, Le, Lt
from pydantic import model_validator

from bench.records.strict import Record

__all__ = ["NEAR", "Distance"]

_MOST_NS = 10_000_000_000


class Distance(Record):
    """What a relay adds to the real way between a subject and its server.

    Half of ``rtt_ns`` is added each way. Each way then varies evenly by up to half of ``jitter_ns``, up and down.
    ``bytes_per_s`` is the bandwidth each way, of all connections together; None if it is not limited. ``stalled`` is
    the share of pieces that wait as if the network had lost them: 200 ms and a round trip longer.
    """

    rtt_ns: Annotated[int, Ge(0), Le(_MOST_NS)] = 0
    jitter_ns: Annotated[int, Ge(0), Le(_MOST_NS)] = 0
    bytes_per_s: Annotated[float, Gt(0), Le(1e12)] | None = None
    stalled: Annotated[float, Ge(0), Lt(1)] = 0.0

    @model_validator(mode="after")
    def _has_a_possible_jitter(self) -> Self:
        if self.jitter_ns > self.rtt_ns:
            raise ValueError("the jitter is larger than the round trip: use at most the round-trip time")
        return self

    @property
    def is_zero(self) -> bool:
        """Return True if it adds nothing."""
        return self == NEAR


NEAR = Distance()
"""No distance: what a server on the same machine has."""
