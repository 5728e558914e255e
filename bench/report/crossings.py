"""What a sweep over the distance says: who is faster where, which part of a time is round trips, and their table."""

from collections.abc import Iterable, Iterator, Sequence

from bench.figures.crossings import KEY, time_ns
from bench.metrics.registry import better, find_metric
from bench.records.figures import Again, Crossing, Estimate, RoundTrips, Row
from bench.records.result import Result
from bench.report.overview import speed
from bench.report.sections import Section, subject_name
from bench.report.wording import joined
from bench.text.cleaning import clean
from bench.text.numbers import Figure, duration, duration_figure, limit_text, number, percent, plural, ratio_figure
from bench.text.places import place_key, place_name, place_value, place_words
from bench.text.table import Table, Titled

__all__ = [
    "READING",
    "crossing_sentences",
    "emulated_sentences",
    "flip_figure",
    "moving_sentences",
    "round_trip_table",
    "round_trip_tables",
]

_MOST_NAMED = 3
_TYPICAL_NS = 8e6  # of a request to SQS: an emulator's figure is split at the measured distance that is nearest to it
READING = (
    "A time is its round trips multiplied by the distance, plus the rest. The round trips also apply to a real service "
    "at that distance; the rest is the time of this server, of Celery, and of this machine."
)


def crossing_sentences(result: Result, metric: str, crossings: Iterable[Crossing] | None = None) -> list[str]:
    """Return a sentence about a metric for each other part of the place, without its last full stop repeated."""
    own = [one for one in (result.crossings if crossings is None else crossings) if one.metric == metric]
    places: dict[object, list[Crossing]] = {}
    for one in own:
        places.setdefault(place_key(one.at), []).append(one)
    return [_sentence(some, result) for some in places.values()]


def _sentence(crossings: Sequence[Crossing], result: Result) -> str:
    """Return one sentence about each of these pairs of subjects."""
    where = place_words(crossings[0].at)
    told = [_pair(one, result) for one in crossings[:_MOST_NAMED]]
    rest = len(crossings) - len(told)
    more = [f"what is compared with {plural(rest, 'other subject')} is in the table"] if rest else []
    text = ", ".join(filter(None, (where, "; ".join([*told, *more]))))
    return f"{text if _begins_with_a_name(text, crossings, result) else text[:1].upper() + text[1:]}."


def _begins_with_a_name(text: str, crossings: Sequence[Crossing], result: Result) -> bool:
    return text.startswith(_name(crossings[0].subject, result))


def _pair(one: Crossing, result: Result) -> str:
    """Return which of two subjects is faster at which distances."""
    name, to = _name(one.subject, result), _name(one.to, result)
    does = find_metric(one.metric).words.glance.does
    who = f"{name} {does}" if does else f"{name}'s {one.metric} is"
    span = f"{_at(one.nearest_ns).removesuffix(' ms')} to {_at(one.farthest_ns)}"
    if one.verdict == "flips":
        return _flip(one, f"{who} {one.near} than {to}")
    if one.verdict == "equal":
        return f"{who} as fast as {to} at every distance from {span} (equal within {limit_text(result.margin)})"
    if one.verdict != "unclear":
        return f"{who} {one.verdict} than {to} at every distance from {span}"
    return _unclear(one, who, to, span)


def _unclear(one: Crossing, who: str, to: str, span: str) -> str:
    """Return what is certain although neither a flip nor its absence is."""
    ends = ((one.near, one.nearest_ns), (one.far, one.farthest_ns))
    known = [f"{ahead} than {to} at {_at(rtt_ns)}" for ahead, rtt_ns in ends if ahead in ("faster", "slower")]
    if known:
        return f"{who} {joined(known)}, but whether that holds at every distance from {span} is not certain"
    return f"it is not certain at which distances from {span} {who} faster or slower than {to}"


def _flip(one: Crossing, who: str) -> str:
    """Return where the ranking changes, and what was measured there again."""
    if one.flip_ns is None:
        low, high = one.between_ns or (one.nearest_ns, one.farthest_ns)
        return (
            f"{who} up to {_at(low)} and {one.far} from {_at(high)} on; the times are not proportional to the "
            "distance, so where it flips between them is not known"
        )
    at = str(flip_figure(one.flip_ns))
    if one.contradicted:
        return f"{who} up to {at} by the fit, but do not rely on it: {_contradiction(one)}"
    confirmed = _again(one)
    unconfirmed = "" if one.at else ", not measured again"  # only where nothing else is swept, a flip is
    return f"{who} up to {at} and {one.far} beyond{f': {confirmed}' if confirmed else unconfirmed}"


def flip_figure(flip: Estimate) -> Figure:
    """Format the distance of a flip in milliseconds, with its interval: ``0.8 ms (0.61 to 1.1)``."""
    value, low, high = ("" if end is None else number(end / 1e6) for end in (flip.value, flip.low, flip.high))
    return Figure(f"{value} ms", low, high)


def _again(one: Crossing) -> str:
    """Return what a second run measured at the flip; empty if there was none."""
    at = one.flip_ns.value if one.flip_ns else 0.0
    nearest = min(one.again, key=lambda again: abs(again.rtt_ns - at), default=None)
    if nearest is None:
        return ""
    few = " (too few blocks for an interval)" if nearest.ratio.low is None else ""
    return f"measured again there, {_speed(nearest, one.metric)} as fast{few}"


def _contradiction(one: Crossing) -> str:
    told = [f"{_speed(again, one.metric)} as fast at {_at(again.rtt_ns)}" for again in one.again]
    return f"measured again, it was {joined(told)}"


def _speed(again: Again, metric: str) -> str:
    return str(ratio_figure(speed(again.ratio, better(metric))))


def _at(rtt_ns: float) -> str:
    return place_value(KEY, rtt_ns)


def _name(label: str, result: Result) -> str:
    return next((subject_name(one) for one in result.subjects if one.label == label), clean(label))


def moving_sentences(result: Result) -> list[str]:
    """Return for each metric of a map where the ranking flips at the values of the other key."""
    groups: dict[tuple[str, str, str], list[Crossing]] = {}
    for one in result.crossings:
        if one.at and one.flip_ns:
            groups.setdefault((one.metric, one.subject, one.to), []).append(one)
    return [_moving(some, result) for some in groups.values() if len(some) > 1]


def _moving(flips: Sequence[Crossing], result: Result) -> str:
    """Return ``The ranking of rabbitmq and redis in enqueue flips at 0.87 ms (payload 0 bytes) to 3.5 ms (...)``."""
    ordered = sorted(flips, key=lambda one: one.flip_ns.value if one.flip_ns else 0.0)
    ends = (ordered[0], ordered[-1])
    told = [f"{flip_figure(one.flip_ns).text} ({place_name(one.at)})" for one in ends if one.flip_ns]
    names = f"{_name(flips[0].subject, result)} and {_name(flips[0].to, result)}"
    return f"The ranking of {names} in {flips[0].metric} flips at {' to '.join(told)}."


def emulated_sentences(result: Result, metric: str | None = None) -> list[str]:
    """Return a sentence for each emulated subject and metric, at one place: which part of a time is round trips."""
    emulated = {one.label for one in result.subjects if one.is_emulated}
    known = (one for one in result.round_trips if one.subject in emulated and one.is_line)
    lines = {(one.subject, one.metric): one for one in reversed(list(known))}.values()
    return [
        _split(line, row, result)
        for line in reversed(lines)
        if (metric is None or line.metric == metric) and (row := _typical(line, result.summary))
    ]


def _typical(line: RoundTrips, rows: Iterable[Row]) -> Row | None:
    """Return the row at the measured distance that is the most typical one."""
    at = [
        row
        for row in rows
        if (row.subject, row.metric, row.layer) == (line.subject, line.metric, "celery")
        and row.at.get(KEY)
        and {name: value for name, value in row.at.items() if name != KEY} == line.at
        and time_ns(row)
    ]
    return min(at, key=lambda row: abs(float(row.at[KEY]) - _TYPICAL_NS), default=None)


def _split(line: RoundTrips, row: Row, result: Result) -> str:
    """Return ``Of the 18.1 ms of a call on sqs at 8 ms, 16.2 ms are 2.0 round trips, ...``."""
    time, rtt_ns = (time_ns(row) or line.fixed_ns).value, float(row.at[KEY])
    trips_ns = min(max(0.0, line.round_trips.value * rtt_ns), time)
    what = f"a {_operation(line.metric)} on {_name(line.subject, result)}"
    where = f"{', '.join(filter(None, (_at(rtt_ns), place_name(line.at))))} ({line.metric})"
    trips = f"{duration(trips_ns)} are {_trips(trips_ns / rtt_ns)} round trips, which a real service needs too"
    rest = f"{duration(time - trips_ns)} are the emulator's and Celery's own"
    return f"Of the {duration(time)} of {what} at {where}, {trips}; {rest}."


def _trips(value: float) -> str:
    return f"{value:z.2f}" if abs(value) < 10 else number(value)  # noqa: PLR2004 - 2.04


def _trips_figure(trips: Estimate) -> Figure:
    """Format a number of round trips, with its interval."""
    return Figure(*("" if one is None else _trips(one) for one in (trips.value, trips.low, trips.high)))


def _operation(metric: str) -> str:
    """Return what one operation of a metric is called: ``call``, ``task``."""
    return find_metric(metric).words.samples.removesuffix("s")


def round_trip_table(result: Result, lines: Iterable[RoundTrips], *, metrics: bool) -> Table:
    """Return round trips and the rest of the time for these fits; ``metrics`` adds a column with the metric."""
    head = ["subject", *(["metric"] if metrics else []), "round trips", "the rest", "fits a line"]
    return Table(head, [list(_cells(line, result, metrics=metrics)) for line in lines])


def _cells(line: RoundTrips, result: Result, *, metrics: bool) -> Iterator[str]:
    yield ", ".join(filter(None, (_name(line.subject, result), place_name(line.at))))
    if metrics:
        yield line.metric.replace("-", " ")
    yield str(_trips_figure(line.round_trips))
    yield str(duration_figure(line.fixed_ns)) if line.fixed_ns.value > 0 else f"about {duration(0)}"
    yield "yes" if line.is_line else "no" if line.misses > 1 else f"off by {percent(line.misses)}"


def round_trip_tables(section: Section, result: Result) -> list[Titled]:
    """Return the table of a section's fits over the distance; none without such a sweep."""
    labels = {line.subject.label for line in section.lines}
    own = [one for one in result.round_trips if one.metric == section.metric and one.subject in labels]
    title = f"Round trips of a {_operation(section.metric)}"
    return [Titled(title, round_trip_table(result, own, metrics=False), READING)] if own else []
