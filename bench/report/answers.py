"""What a section found, in sentences: the ratio, its interval, the verdict, and the difference that could be seen."""

from dataclasses import dataclass

from bench.records.figures import Capacity, Cost, PayloadLimit, Ratio
from bench.records.result import Result
from bench.records.turns import Metric, Place
from bench.report.cleaning import clean, first_line
from bench.report.numbers import Figure, count, duration, number, percent, ratio_figure, size
from bench.report.phases import in_sequence
from bench.report.places import place_words
from bench.report.sections import Line, Section
from bench.stats.intervals import FEWEST_GENERATIONS
from bench.stats.verdicts import Verdict

__all__ = ["Answer", "answers", "sentence"]

_COMPARED: dict[Metric, str] = {
    "enqueue": "{name}'s enqueue takes {ratio} the time of {to}'s",
    "throughput": "a worker on {name} drains {ratio} as many tasks a second as one on {to}",
    "latency": "a task on {name} ends {ratio} as late as one on {to}",
    "wakeup": "a task on {name} starts {ratio} as late as one on {to}",
    "first-publish": "{name}'s first publish takes {ratio} the time of {to}'s",
}
_ALONE: dict[Metric, tuple[str, str]] = {
    "enqueue": ("median", "a median enqueue on {name} takes {figure}"),
    "throughput": ("tasks/s", "a worker on {name} drains {figure} tasks a second"),
    "latency": ("median", "a median task on {name} ends {figure} after its intended time"),
    "wakeup": ("mean", "a task on {name} starts {figure} after the call"),
    "first-publish": ("mean", "{name}'s first publish takes {figure}"),
}


@dataclass(frozen=True)
class Answer:
    """A sentence, and the verdict that it says; None where nothing was judged."""

    text: str
    verdict: Verdict | None = None

    def __str__(self) -> str:
        return self.text


def answers(section: Section, result: Result) -> list[Answer]:
    """Return what the section found: a sentence for each subject that was compared, or could not be."""
    if not section.timed:
        return [Answer(said) for line in section.lines for said in _recorded(line, result)]
    alone = {line.at_key for line in section.lines} - {line.at_key for line in section.lines if _ratio(line)}
    told = [line for line in section.lines if line.at_key in alone or not line.reference]
    if len(section.groups()) == 1:
        return [_answer(line, result.margin) for line in told]
    stamped = {id(line): line.name for line in told if _stamped(line) and line.at_key not in alone}
    answered = [_answer(line, result.margin) for line in told if id(line) not in stamped]
    return answered + [
        Answer(f"{name} ran on an emulator, which is not ranked: its figures are in the table.")
        for name in dict.fromkeys(stamped.values())
    ]


def _answer(line: Line, margin: float) -> Answer:
    if line.void or line.void_reference or not line.measured:
        return Answer(sentence(line.at, _without_figure(line)))
    if ratio := _ratio(line):
        return Answer(sentence(line.at, _compared(line, ratio, margin)), ratio.verdict)
    return Answer(sentence(line.at, f"{_absolute(line)}{_unranked(line)}"))


def _stamped(line: Line) -> bool:
    """Return whether all that there is to say of a figure is that it is not ranked."""
    return line.measured and not line.void and bool(_unranked(line)) and _ratio(line) is None


def sentence(at: Place, said: str) -> str:
    """Put the place before what is said there, and begin with a capital; a subject's name stays as it is."""
    if where := place_words(at):
        return f"{where[:1].upper()}{where[1:]}, {said}."
    return f"A{said[1:]}." if said.startswith("a ") else f"{said}."


def _without_figure(line: Line) -> str:
    if line.void:
        return f"{line.name}'s {line.metric} is void: {line.void.rstrip('.')}"
    if line.void_reference and (ratio := _ratio(line)):
        return f"{line.name}'s {line.metric} is not compared, because {clean(ratio.to)}'s is void"
    verb = "" if line.subject.why_not(line.metric) else "has no figure: "
    return f"{line.name} {verb}{line.note().rstrip('.')}"


def _absolute(line: Line) -> str:
    head, said = _ALONE[line.metric]
    (figure,) = line.figures([head])
    return f"{said.format(name=line.name, figure=figure.text)}{_interval(figure)}"


def _compared(line: Line, ratio: Ratio, margin: float) -> str:
    figure = ratio_figure(ratio)
    said = _COMPARED[line.metric].format(name=line.name, ratio=figure.text, to=clean(ratio.to))
    interval = _interval(figure) or " (too few blocks for an interval)"
    return f"{said}{interval}: {_verdict(ratio, margin)}{_could_see(ratio)}"


def _verdict(ratio: Ratio, margin: float) -> str:
    """Return the verdict in a comparison's words."""
    if ratio.verdict == "inconclusive" and ratio.generations < FEWEST_GENERATIONS:
        return f"inconclusive, because fewer than {FEWEST_GENERATIONS} sets of fresh processes were measured"
    words = {"improved": "faster", "regressed": "slower", "equivalent": f"equal within {percent(margin)}"}
    return words.get(ratio.verdict, ratio.verdict)


def _interval(figure: Figure) -> str:
    return f" (95 % interval {figure.interval})" if figure.interval else ""


def _could_see(ratio: Ratio) -> str:
    return "" if ratio.detectable is None else f"; this run could have seen {percent(ratio.detectable)}"


def _unranked(line: Line) -> str:
    return ", on an emulator, which is not ranked" if line.emulated and not line.reference else ""


def _ratio(line: Line) -> Ratio | None:
    return line.row.ratio if line.row else None


def _recorded(line: Line, result: Result) -> list[str]:
    """Return what the records of a subject say that are no rows."""
    if not line.measured:
        return [f"{_without_figure(line)}."]
    label = line.subject.label
    if line.metric == "capacity":
        return [_capacity(line, one) for one in result.capacities if one.subject == label]
    if line.metric == "payload-limit":
        return [_limit(line, one) for one in result.limits if one.subject == label]
    if line.metric == "cost":
        return [_cost(line, one) for one in result.costs if one.subject == label]
    return _phases(line, result)


def _capacity(line: Line, found: Capacity) -> str:
    if found.rate_per_s is None:
        down_to = f", down to {number(found.failed_per_s)} tasks a second" if found.failed_per_s is not None else ""
        return sentence(found.at, f"{line.name} sustained no rate{down_to}{_unranked(line)}")
    least = "at least " if found.at_least else ""
    said = f"{line.name} sustained {least}{number(found.rate_per_s)} tasks a second"
    limit = f"99 % of which ended within {duration(found.limit_ns)}"
    if found.at_least:
        limit += "; the generator can send no faster"
    elif found.failed_per_s is not None:
        limit += f"; {number(found.failed_per_s)} a second failed"
    return sentence(found.at, f"{said}, {limit}{_unranked(line)}")


def _limit(line: Line, found: PayloadLimit) -> str:
    if found.refused_bytes is None:
        return f"{line.name} carries every payload up to {size(found.largest_bytes)}; none larger was tried."
    return (
        f"{line.name} carries a payload of {found.largest_bytes:,} bytes and none of {found.refused_bytes:,}: "
        f"{first_line(found.reason).rstrip('.')}."
    )


def _cost(line: Line, found: Cost) -> str:
    operations = sum(sum(one.values()) for one in found.operations.values()) if found.operations else None
    round_trips = sum(found.round_trips.values()) if found.round_trips else None
    known = {
        "{} operations": None if operations is None else count(operations),
        "{} round trips": None if round_trips is None else count(round_trips),
        "{} to the server": None if found.bytes_to_server is None else size(found.bytes_to_server),
        "{} from it": None if found.bytes_from_server is None else size(found.bytes_from_server),
    }
    parts = [text.format(value) for text, value in known.items() if value is not None]
    return sentence(found.at, f"a task on {line.name} costs {', '.join(parts) or 'what could not be read'}")


def _phases(line: Line, result: Result) -> list[str]:
    """Return in which phase a subject's tasks are longest, of those that follow each other."""
    own = [one for one in result.phases if one.subject == line.subject.label]
    said = []
    for at, phases in in_sequence(own):
        longest, whole = max(phases, key=lambda one: one.mean_ns), sum(max(0, one.mean_ns) for one in phases)
        if whole > 0:
            share = f"{duration(longest.mean_ns)} of {duration(whole)}"
            said.append(sentence(at, f"a mean task on {line.name} spends {share} in {longest.phase}"))
    return said
