"""The distances between subjects and their servers: what was asked for, what it came to, and what it means."""

from collections.abc import Callable, Sequence

from bench.figures.disturbance import is_busy
from bench.records.distance import NEAR, Distance
from bench.records.provenance import SubjectRecord, WayRecord
from bench.records.result import Result
from bench.report.sections import subject_name
from bench.report.wording import joined
from bench.text.cleaning import clean
from bench.text.numbers import bandwidth, limit_text, plural, round_trip
from bench.text.places import place_name
from bench.text.table import Table, Titled

__all__ = ["distance_words", "missed_words", "put_words", "way_notes", "way_table"]

_Cell = Callable[[WayRecord], str]
_COLUMNS: dict[str, _Cell] = {
    "asked": lambda way: round_trip(way.distance.rtt_ns),
    "added": lambda way: round_trip(way.added_ns),
    "added, p99": lambda way: round_trip(way.added_p99_ns),
    "without it": lambda way: round_trip(way.real_rtt_ns),
    "relay's own": lambda way: round_trip(way.relay_ns),
}
_READING = (
    "Round trips of the raw client before the run, on an idle connection. Added: how much longer the median, and the "
    "p99, of those through the relay were than the median without it. The relay's own time is taken off what it adds."
)
_MEANING: dict[str, Callable[[Distance], str]] = {
    "jitter_ns": lambda distance: (
        f"A jitter of {round_trip(distance.jitter_ns)}: each way varies evenly by up to half of it, up and down."
    ),
    "bytes_per_s": lambda distance: (
        f"{bandwidth(distance.bytes_per_s)} each way: all connections of a subject share it."
    ),
    "stalled": lambda distance: (
        f"{_stalled(distance)}: they wait 200 ms and a round trip longer, as TCP does for a lost segment; the relay "
        "stands above the kernel and loses no packet."
    ),
}


def way_table(result: Result) -> Titled:
    """Return a row for each subject and each of its distances; no rows if no subject has one."""
    ways = [(one, way) for one in result.subjects for way in one.ways]
    rows = [[_name(one, way), *(cell(way) for cell in _COLUMNS.values())] for one, way in ways]
    also = dict.fromkeys(text for _, way in ways for text in _meanings(way.distance))
    return Titled("Distances", Table(["subject", *_COLUMNS], rows), " ".join([_READING, *also]))


def _meanings(distance: Distance) -> list[str]:
    """Return a sentence for each thing besides the round trip that the network was made to do."""
    return [meaning(distance) for key, meaning in _MEANING.items() if getattr(distance, key)]


def _name(subject: SubjectRecord, way: WayRecord) -> str:
    return ", ".join(filter(None, (subject_name(subject), place_name(way.at))))


def distance_words(distance: Distance) -> str:
    """Write a distance in a few words: ``a round trip of 0.5 ms, a jitter of 0.1 ms and 10 MB/s each way``."""
    parts = [
        f"a round trip of {round_trip(distance.rtt_ns)}" if distance.rtt_ns else "",
        _jitter(distance) if distance.jitter_ns else "",
        f"{bandwidth(distance.bytes_per_s)} each way" if distance.bytes_per_s else "",
        _stalled(distance) if distance.stalled else "",
    ]
    return joined(list(filter(None, parts)))


def put_words(result: Result) -> str:
    """Return what stood between the subjects and their servers, for a sentence; empty if nothing did."""
    put = [one for one in result.subjects if one.ways]
    if not put:
        return ""
    if not any(way.distance.rtt_ns for one in put for way in one.ways):
        names = joined([clean(one.label) for one in put])
        line = _with([way for one in put for way in one.ways])
        return f"a relay stood between the clients and {names}{line}{_added(put)}"
    where = _alike(result, put) or _apart(result, put)
    return "; ".join(filter(None, (f"a relay put {where}{_added(put)}", _together(result))))


def missed_words(result: Result) -> str:
    """Return which subjects were not at the distance that was asked for; empty if all were."""
    missed = [(one, way) for one in result.subjects for way in one.ways if way.missed]
    if not missed:
        return ""
    names = joined(list(dict.fromkeys(clean(one.label) for one, _ in missed)))
    _, way = missed[0]
    took = f"round trips took {round_trip(way.rtt_ns)} longer instead of {round_trip(way.due_ns)}"
    rest = f", and {plural(len(missed) - 1, 'other')} missed too" if len(missed) > 1 else ""
    used = result.environment.other_cores
    if used and is_busy(used, result.environment.cores_allowed):
        why, remedy = " because the machine was busy", "end other programs and measure again"
    else:
        why, remedy = "", "measure again on a quieter machine"
    return f"the distance of {names} was not kept{why} ({took}{rest}), so the figures there are void: {remedy}"


def way_notes(result: Result) -> list[str]:
    """Return the same as sentences: what was missed, and what stood between; none without a distance."""
    return [f"{text[:1].upper()}{text[1:]}." for text in (missed_words(result), put_words(result)) if text]


def _reached(result: Result) -> list[SubjectRecord]:
    return [one for one in result.subjects if one.server]


def _alike(result: Result, put: list[SubjectRecord]) -> str:
    """Return how far away all servers were; empty if they were not alike."""
    if len(_distances(result)) > 1:
        return ""
    them = "them" if len(put) > 1 else clean(put[0].label)
    return f"{them} {_away(put[0].ways)}{_with(put[0].ways)}"


def _apart(result: Result, put: list[SubjectRecord]) -> str:
    """Return how far away each server was, which most labels say."""
    if all("@" in one.label for one in put):
        whose = "each" if len(put) == len(_reached(result)) else joined([clean(one.label) for one in put])
        return f"{whose} at the distance in its name{_with([way for one in put for way in one.ways])}"
    return joined([f"{clean(one.label)} {_away(one.ways)}{_with(one.ways)}" for one in put])


def _distances(result: Result) -> set[tuple[Distance, ...]]:
    return {tuple(way.distance for way in one.ways) for one in _reached(result)}


def _away(ways: Sequence[WayRecord]) -> str:
    """Return ``0.3 ms away``, ``0.3 ms to 30 ms away`` for the points of a sweep, or that only the line is narrower."""
    if not any(way.distance.rtt_ns for way in ways):
        return "no farther away"
    ends_ns = [end(way.distance.rtt_ns for way in ways) for end in (min, max)]
    low, high = map(round_trip, ends_ns)
    return f"{low} away" if low == high else f"{low} to {high} away"


def _with(ways: Sequence[WayRecord]) -> str:
    """Return what else the network was like, if it was alike on all the ways."""
    plain = {way.distance.model_copy(update={"rtt_ns": 0}) for way in ways}
    only = plain.pop()
    return "" if plain or only == NEAR else f", with {distance_words(only)}"


def _added(put: list[SubjectRecord]) -> str:
    """Return what the raw client measured, if there is one distance for each subject."""
    ways = [(one, way) for one in put for way in one.ways if way.added_ns is not None]
    if len(ways) != len(put):
        return ""
    own = [round_trip(way.real_rtt_ns) for one, way in ways if one.server and not one.server.private]
    without = f"without it, where they took {_all(own)}" if own else "without it"
    added = _all([round_trip(way.added_ns) for _, way in ways])
    return f": round trips of the raw client took {added} more than {without}"


def _all(times: list[str]) -> str:
    """Return the times, or the one that all are."""
    return times[0] if len({*times}) == 1 else joined(times)


def _together(result: Result) -> str:
    """Return that a ratio is of brokers at different distances, if it is."""
    return "so each ratio compares a broker and its distance together" if len(_distances(result)) > 1 else ""


def _jitter(distance: Distance) -> str:
    return f"a jitter of {round_trip(distance.jitter_ns)}"


def _stalled(distance: Distance) -> str:
    return f"{limit_text(distance.stalled)} of the pieces stalled"
