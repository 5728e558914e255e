"""What the lines that are fitted over the distance say: which part of a time is round trips, and their table."""

from collections.abc import Iterable, Sequence

from bench.figures.crossings import KEY, time_ns
from bench.metrics.registry import compared, find_metric
from bench.records.figures import Estimate, RoundTrips, Row
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.sections import Section, name_of
from bench.report.wording import joined
from bench.stats.crossing import FEWEST_POINTS
from bench.text.names import metric_words
from bench.text.numbers import Figure, duration, duration_figure, number, percent
from bench.text.places import place_key, place_name, place_value, without
from bench.text.table import Table, Titled

__all__ = ["READING", "emulated_sentences", "off_by", "round_trip_tables", "trip_cells", "without_round_trips"]

_TYPICAL_NS = 8e6  # of a request to SQS: an emulator's figure is split at the measured distance that is nearest to it
READING = (
    "A time is its round trips multiplied by the distance, plus the rest. The round trips also apply to a real service "
    "at that distance; the rest is the time of this server, of Celery, and of this machine."
)


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
    what = f"a {_operation(line.metric)} on {name_of(line.subject, result)}"
    at = ", ".join(filter(None, (place_value(KEY, rtt_ns), place_name(line.at))))
    where = f"{at} ({metric_words(line.metric)})"
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


def round_trip_tables(section: Section, result: Result) -> list[Titled]:
    """Return the table of a section's fits over the distance; none without such a sweep."""
    labels = {line.subject.label for line in section.lines}
    own = [one for one in result.round_trips if one.metric == section.metric and one.subject in labels]
    head = ["subject", "round trips", "the rest", "fits a line"]
    table = Table(head, [[*trip_cells(line, result), "yes" if line.is_line else off_by(line)] for line in own])
    return [Titled(f"Round trips of a {_operation(section.metric)}", table, READING)] if own else []


def trip_cells(line: RoundTrips, result: Result) -> list[str]:
    """Return the subject, its round trips and the rest of its time."""
    rest = str(duration_figure(line.fixed_ns)) if line.fixed_ns.value > 0 else f"about {duration(0)}"
    return [_named(line.subject, line.at, result), str(_trips_figure(line.round_trips)), rest]


def off_by(line: RoundTrips) -> str:
    """Return by how much a line misses the times."""
    return f"off by {percent(line.misses)}" if line.misses <= 1 else "off by far"


def without_round_trips(result: Result, rows: Iterable[Row]) -> str:
    """Return a sentence that names the subjects of these rows of which no line was fitted, and why; empty if none."""
    known = {(one.subject, one.metric, place_key(one.at)) for one in result.round_trips}
    groups: dict[tuple[str, str, object], list[Row]] = {}
    for row in rows:
        if row.layer == "celery" and KEY in row.at and compared(row):
            groups.setdefault((row.subject, row.metric, place_key(without(row.at, KEY))), []).append(row)
    distances = len({at[KEY] for at, _ in result.workload.points() if KEY in at})
    lacking = [own for key, own in groups.items() if key not in known]
    if distances < FEWEST_POINTS:
        few = f"No round trips: a line needs {FEWEST_POINTS} distances, and this sweep has {distances}."
        return few if lacking and distances > 1 else ""
    told: dict[tuple[str, str], list[str]] = {}
    for own in lacking:
        if why := _missing(own, distances):
            name = _named(own[0].subject, without(own[0].at, KEY), result)
            told.setdefault((name, why), []).append(metric_words(own[0].metric))
    if len({why for _, why in told}) == 1 and groups.keys().isdisjoint(known):
        return f"No round trips: a line needs {FEWEST_POINTS} distances ({next(iter(told))[1]})."
    missing = "; ".join(f"{name} in {joined(metrics)} ({why})" for (name, why), metrics in told.items())
    return f"No round trips of {missing}: a line needs {FEWEST_POINTS} distances." if missing else ""


def _missing(rows: Sequence[Row], distances: int) -> str:
    """Return how many of the distances have no figure that counts; empty if all have."""
    void = sum(row.void is not None for row in rows)
    counts = {"void": void, "not measured": distances - len(rows)}
    return ", ".join(f"{count} of {distances} {what}" for what, count in counts.items() if count)


def _named(label: str, at: Place, result: Result) -> str:
    return ", ".join(filter(None, (name_of(label, result), place_name(at))))
