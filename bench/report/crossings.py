"""What a sweep over the distance says of who is faster where: a sentence for each metric."""

from collections.abc import Iterable, Sequence

from bench.figures.crossings import KEY, standings
from bench.metrics.registry import better, find_metric
from bench.records.figures import Again, Crossing, Estimate, Standing
from bench.records.result import Result
from bench.report.overview import speed
from bench.report.sections import name_of
from bench.report.wording import joined
from bench.stats.crossing import FEWEST_POINTS
from bench.text.names import metric_words
from bench.text.numbers import Figure, limit_text, number, plural, ratio_figure
from bench.text.places import place_key, place_name, place_value, place_words

__all__ = ["crossing_sentences", "flip_figure", "moving_sentences"]

_MOST_NAMED = 3
_MOST_LISTED = 6
_CERTAIN = ("faster", "slower", "equal")


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
    return text.startswith(name_of(crossings[0].subject, result))


def _pair(one: Crossing, result: Result) -> str:
    """Return which of two subjects is faster at which distances, and at which a figure is void."""
    measured = one.measured or standings(one.subject, one.to, one.metric, one.at, result.summary)
    who, than = _names(one, result)
    if one.flip_ns:
        told = _flip(one, f"{who} {one.near} than {than}")
    elif one.is_line and one.verdict in _CERTAIN:
        told = _everywhere(one, measured, who, than, result.margin)
    else:
        told = _listed(one, measured, who, than, result.margin)
    void = _distances("void", measured)
    return f"{told}; {void} void" if void else told


def _names(one: Crossing, result: Result) -> tuple[str, str]:
    """Return ``rabbitmq enqueues`` and ``redis``, to have ``faster than`` between them."""
    name, to = name_of(one.subject, result), name_of(one.to, result)
    does = find_metric(one.metric).words.glance.does
    return (f"{name} {does}", to) if does else (f"{name}'s {metric_words(one.metric)} is", f"{to}'s")


def _everywhere(one: Crossing, measured: Sequence[Standing], who: str, than: str, margin: float) -> str:
    """Return what the fit, or each verdict, shows at every distance; and where the verdict alone does not."""
    every = f"at every distance from {_listing([one.nearest_ns, one.farthest_ns], ' to ')}"
    if one.verdict == "equal":
        return f"{who} as fast as {than} {every} (equal within {limit_text(margin)})"
    alone = [standing.rtt_ns for standing in measured if standing.ahead not in (one.verdict, "void")]
    doubt = f" by the fit, although not certainly at {_listing(alone)} alone" if alone else ""
    return f"{who} {one.verdict} than {than} {every}{doubt}"


def _listed(one: Crossing, measured: Sequence[Standing], who: str, than: str, margin: float) -> str:
    """Return what each verdict shows, and between which distances the ranking flips if that is certain."""
    limit = limit_text(margin)
    words = {"faster": f"faster than {than}", "slower": f"slower than {than}"}
    words["equal"] = f"as fast as {than} (equal within {limit})"
    found = [ahead for ahead in dict.fromkeys(standing.ahead for standing in measured) if ahead in _CERTAIN]
    if not found:
        span = _listing([one.nearest_ns, one.farthest_ns], " to ")
        return f"it is not certain at any measured distance from {span} whether {who} faster or slower than {than}"
    further = {"faster": "faster", "slower": "slower", "equal": f"equal within {limit}"}
    phrases = [words[found[0]], *(further[ahead] for ahead in found[1:])]
    told = [f"{phrase} {_distances(ahead, measured)}" for phrase, ahead in zip(phrases, found, strict=True)]
    unclear = _distances("unclear", measured)
    between = f"; {_between(one, measured)}" if one.between_ns else ""
    return f"{who} {joined(told)}{f'; {unclear} it is not certain' if unclear else ''}{between}"


def _between(one: Crossing, measured: Sequence[Standing]) -> str:
    """Return why it is only known between which distances the ranking flips."""
    few = sum(standing.ahead != "void" for standing in measured) < FEWEST_POINTS
    lines = f"a fit needs {FEWEST_POINTS} distances" if few else "the times are not proportional to the distance"
    return f"where it flips between {_listing(one.between_ns or (), ' and ')} is not known, because {lines}"


def _distances(ahead: str, measured: Sequence[Standing]) -> str:
    """Return ``at 0, 0.3 and 1 ms``, where a subject is faster, or whatever ``ahead`` says; empty if nowhere."""
    own = [standing.rtt_ns for standing in measured if standing.ahead == ahead]
    if len(own) <= _MOST_LISTED:
        return f"at {_listing(own)}" if own else ""
    which = "all" if len(own) == len(measured) else f"{len(own)} of the"
    return f"at {which} {len(measured)} measured distances, from {_listing([own[0], own[-1]], ' to ')}"


def _listing(distances_ns: Sequence[float], last: str = " and ") -> str:
    """Return ``0, 0.3 and 1 ms``, with each unit once."""
    told = [_at(one) for one in distances_ns]
    units = [text.rpartition(" ")[2] for text in told]
    short = [
        text.rpartition(" ")[0] if unit == following else text
        for text, unit, following in zip(told, units, [*units[1:], ""], strict=True)
    ]
    return last.join(filter(None, [", ".join(short[:-1]), *short[-1:]]))


def _flip(one: Crossing, who: str) -> str:
    """Return where the ranking flips, and what was measured there again."""
    assert one.flip_ns  # noqa: S101 - the caller's condition
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
    between = " to " if len(flips) > len(ends) else " and "
    names = f"{name_of(flips[0].subject, result)} and {name_of(flips[0].to, result)}"
    return f"The ranking of {names} in {metric_words(flips[0].metric)} flips at {between.join(told)}."
