"""An operation waits for round trips: no faster server helps, only a smaller distance or fewer of them."""

from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.records.figures import Cost
from bench.text.numbers import duration, number, percent, rate
from bench.text.places import without

__all__ = ["WaitsForRoundTrips"]

_KEY = "rtt_ns"
_SIDE = {"enqueue": "enqueue", "throughput": "drain"}
_WHAT = {"enqueue": "call", "throughput": "task"}
_COMPUTING = {"enqueue": ("producer",), "throughput": ("worker", "child")}
_FAR_NS = 300_000  # to a server of the user's own: what is shorter is mostly the client's and the server's computing
_FEWEST = 0.5  # round trips: what takes fewer does not wait for an answer


class WaitsForRoundTrips(Kind):
    """At a distance, the number of round trips is known from a sweep over the distance, or counted on the wire."""

    name = "round-trips"
    order = 30

    def find(self, seen: Seen) -> Found | None:
        """Return the number of round trips, which part of the time they take, and the most that they leave."""
        rtt_ns, operation_ns = _rtt_ns(seen), seen.operation_ns
        if not rtt_ns or not operation_ns:
            return None
        waited = _waited(seen)
        trips = waited if waited is not None else _counted(seen)
        if trips is None or trips < _FEWEST:
            return None
        share = min(trips * rtt_ns / operation_ns, 1.0 if waited is not None else _idle(seen))
        what = _WHAT[seen.row.metric]
        how = f"each {what} waits for" if waited is not None else f"each {what} makes"
        most = rate(1e9 / (trips * rtt_ns))
        return Found(
            share=share,
            text=(
                f"{how} {_times(trips)} of {duration(rtt_ns)}: {percent(share)} of the time, and no more "
                f"than {most} on one connection, one after the other"
            ),
            evidence={"round_trips": trips, "rtt_ns": rtt_ns},
        )


def _times(trips: float) -> str:
    """Return ``1 round trip`` or ``2.35 round trips``."""
    return f"{number(trips)} round trip{'' if number(trips) == '1' else 's'}"


def _rtt_ns(seen: Seen) -> float | None:
    """Return what a round trip takes here, with what its way takes without the distance; None without a distance."""
    way, server = seen.subject.way_at(seen.row.at), seen.subject.server
    if way is not None and way.distance.rtt_ns:
        return way.rtt_ns + (way.real_rtt_ns or 0)
    ping_ns = server.ping_ns if server and way is None else None
    return ping_ns if ping_ns and ping_ns >= _FAR_NS else None


def _waited(seen: Seen) -> float | None:
    """Return for how many round trips an operation waits, by the fit over the distance; None without one."""
    row = seen.row
    for line in seen.result.round_trips:
        same = (line.subject, line.metric) == (row.subject, row.metric) and line.at == without(row.at, _KEY)
        if same and line.is_line:
            return line.round_trips.value
    return None


def _counted(seen: Seen) -> float | None:
    """Return how many round trips of an operation passed the wire; None if nobody counted."""
    costs = [one for one in seen.result.costs if one.subject == seen.row.subject and one.at == seen.row.at]
    return next((_of(one, _SIDE[seen.row.metric]) for one in costs), None)


def _of(cost: Cost, side: str) -> float | None:
    return next((trips for name, trips in cost.round_trips.items() if name == side), None)


def _idle(seen: Seen) -> float:
    """Return in which part of the time the subject's processes did not compute: round trips may overlap."""
    cores = [
        seen.evidence.cores(role) for role in ("producer", "worker", "child") if role in _COMPUTING[seen.row.metric]
    ]
    known = [one for one in cores if one is not None]
    return max(0.0, 1.0 - sum(known)) if known else 0.0
