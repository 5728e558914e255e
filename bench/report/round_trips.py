"""Which part of a figure at a distance is round trips: what carries over to the service behind an emulator."""

from collections.abc import Iterator
from typing import Literal

from bench.records.figures import Cost
from bench.records.provenance import SubjectRecord, WayRecord
from bench.records.result import Result
from bench.report.sections import Line, Section
from bench.text.numbers import duration, number, round_trip
from bench.text.places import place_key, sentence

__all__ = ["round_trip_sentences"]

_COSTS: dict[str, tuple[Literal["enqueue", "drain"], str]] = {
    "enqueue": ("enqueue", "an enqueue"),
    "throughput": ("drain", "each task that a worker drains"),
}


def round_trip_sentences(section: Section, result: Result) -> list[str]:
    """Return a sentence for each subject at a distance whose round trips were counted; none for a swept distance.

    A round trip on the wire need not be waited for: a client may send on, and a worker takes several tasks at once. So
    the part is what it is at most, and never more than the figure.
    """
    if section.metric not in _COSTS or "rtt" in result.workload.sweep:
        return []
    return [text for line in section.lines if (text := _of_line(line, result))]


def _of_line(line: Line, result: Result) -> str:
    way, took_ns = line.subject.way_at(line.at), _took_ns(line)
    counted, what = _COSTS[line.metric]
    trips = next((one.round_trips.get(counted) for one in _costs(line, result)), None)
    if way is None or line.void or not took_ns or not trips:
        return ""
    each_ns = _each_ns(line.subject, way)
    return sentence(line.at, _words(line, what, took_ns, trips, each_ns)) if each_ns else ""


def _words(line: Line, what: str, took_ns: float, trips: float, each_ns: float) -> str:
    """Return what to say of a figure, of the round trips in it and of what each of them takes."""
    part_ns = trips * each_ns
    counted = f"{number(trips)} round trip{'' if trips == 1 else 's'} of {round_trip(each_ns)}"
    if part_ns >= took_ns:
        said = f"{counted} were counted, which is more than the {duration(took_ns)} of {what}: not all are waited for"
        return f"{line.name}: {said}"
    said = f"at most {duration(part_ns)} of the {duration(took_ns)} of {what} are {counted}"
    return f"{line.name}: {said}{_rest(line, took_ns - part_ns)}"


def _rest(line: Line, rest_ns: float) -> str:
    if not line.emulated:
        return ""
    rest = f"the rest, {duration(rest_ns)}, is the emulator's and Celery's"
    return f"; that part carries over to the service, and {rest}"


def _took_ns(line: Line) -> float:
    """Return how long a call took, or a worker for each task; 0 if it is not known."""
    row = line.row
    if row is None:
        return 0.0
    if line.metric == "throughput":
        return 1e9 / row.per_second.value if row.per_second else 0.0
    return row.median_ns.value if row.median_ns else 0.0


def _each_ns(subject: SubjectRecord, way: WayRecord) -> float:
    """Return what a round trip takes: what was added, and on a user's server also the real one."""
    is_own = subject.server is not None and not subject.server.private
    return way.rtt_ns + (way.real_rtt_ns or 0 if is_own else 0)


def _costs(line: Line, result: Result) -> Iterator[Cost]:
    """Return the costs that were counted of a subject at a place."""
    own = (one for one in result.costs if one.subject == line.subject.label)
    return (one for one in own if place_key(one.at) == line.at_key)
