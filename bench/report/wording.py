"""What a result says, in sentences."""

from bench.records.result import Metric, Ratio, Result
from bench.report.cleaning import clean
from bench.report.figures import Figure, percent, ratio_figure
from bench.report.sections import Line, Section, subject_name
from bench.stats.intervals import FEWEST_GENERATIONS

__all__ = ["READING", "answers", "measured_blocks", "method", "notes", "title"]

READING = (
    "An enqueue's median, p95 and p99 are of single calls: half, 95 % and 99 % of them took at most so long. "
    "A percentile is shown only where at least ten samples lie beyond it.",
    "In brackets or in small print: the 95 % interval, from the spread between processes and blocks. "
    "Every subject had fresh processes several times in the run, because a process has luck of its own; "
    "of 100 such runs, about 95 would give an interval that holds the true value.",
    "A ratio compares a subject with the first one of its tier, block by block. "
    "Enqueue compares times: below 1x is faster. Throughput compares rates: above 1x is faster. "
    "Equal is said where the ratio is shown to lie within the margin, faster or slower where a difference is certain; "
    "all else is inconclusive. Both are judged over all ratios of the run together (Holm), "
    "so an interval may just miss 1 without a verdict.",
    "Could see: the smallest difference that this run was able to show; 80 of 100 such runs would find it.",
    "Tiers promise different things and are never compared: in the fast tier an accepted task may be lost; "
    "in the durable tier it survives a killed broker or worker.",
    "An emulator stands in for a service that cannot run here. "
    "Its figures say nothing about the speed of that service.",
)


def title(result: Result) -> str:
    """Name the comparison: ``redis, rabbitmq and sqs (ministack)``."""
    names = [subject_name(subject) for subject in result.subjects]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no subject"


def answers(section: Section, margin: float) -> list[str]:
    """Say what the section found: a sentence for each subject that was compared, or could not be."""
    alone = all(line.row is None or line.row.ratio is None for line in section.lines)
    said = (_answer(line, section.metric, margin) for line in section.lines if alone or not line.reference)
    return [sentence for sentence in said if sentence]


def method(metric: Metric, result: Result) -> str:
    """Say how a metric was measured in this run."""
    workload, blocks = result.workload, _count_blocks(measured_blocks(result, metric))
    task = clean(workload.task)
    if metric == "enqueue":
        turn = (
            f"A turn is {workload.calls} closed-loop calls that enqueue {task}, "
            f"timed in the subject's own process, after {workload.warmup_calls} of warm-up."
        )
    else:
        turn = (
            f"A turn is one drain: at most {workload.tasks} times {task} is enqueued while the worker "
            f"({workload.pool}, concurrency {workload.concurrency}) is stopped; "
            "then it is let go, and its own record times the tasks."
        )
    own = {row.blocks for row in result.summary if row.metric == metric and row.blocks}
    some_less = " One that is far slower than the others sat some out." if len(own) > 1 else ""
    return f"{turn} In each of {blocks}, the subjects had one turn each, in a random order.{some_less}"


def notes(result: Result) -> list[str]:
    """Say what a reader must know before believing a figure: how it ended, warnings, what was lost here."""
    said = [_ending(result), *result.warnings, *result.environment.lost_here]
    return [clean(sentence) for sentence in said if sentence]


def measured_blocks(result: Result, metric: Metric) -> int:
    """Count the blocks that figures come from."""
    return sum(1 for block in result.blocks if block.metric == metric and not block.warmup)


def _ending(result: Result) -> str:
    if result.status == "finished":
        return ""
    blocks = _count_blocks(sum(measured_blocks(result, metric) for metric in result.metrics))
    if result.status == "interrupted":
        return f"interrupted after {blocks}: the figures are of what was measured by then"
    return f"not finished: {blocks} so far, of a run that still goes on or was killed"


def _count_blocks(count: int) -> str:
    return "1 block" if count == 1 else f"{count:,} blocks"


def _answer(line: Line, metric: Metric, margin: float) -> str:
    if not line.measured:
        verb = "" if line.subject.why_not(metric) else "has no figure: "
        return f"{line.name} {verb}{line.note().rstrip('.')}."
    if line.row and line.row.ratio:
        return _compared(line.name, metric, line.row.ratio, margin)
    ending = ", on an emulator, which is not ranked" if line.emulated and not line.reference else ""
    return f"{_absolute(line, metric)}{ending}."


def _absolute(line: Line, metric: Metric) -> str:
    figure = line.figures()[0]
    if metric == "throughput":
        return f"A worker on {line.name} drains {figure.text} tasks a second{_interval(figure)}"
    return f"A median enqueue on {line.name} takes {figure.text}{_interval(figure)}"


def _compared(name: str, metric: Metric, ratio: Ratio, margin: float) -> str:
    figure, to = ratio_figure(ratio), clean(ratio.to)
    if metric == "enqueue":
        said = f"{name}'s enqueue takes {figure.text} the time of {to}'s"
    else:
        said = f"A worker on {name} drains {figure.text} as many tasks a second as one on {to}"
    interval = _interval(figure) or " (too few blocks for an interval)"
    return f"{said}{interval}: {_verdict(ratio, margin)}{_could_see(ratio)}."


def _verdict(ratio: Ratio, margin: float) -> str:
    """Say the verdict in a comparison's words."""
    if ratio.verdict == "inconclusive" and ratio.generations < FEWEST_GENERATIONS:
        return f"inconclusive, because fewer than {FEWEST_GENERATIONS} sets of fresh processes were measured"
    words = {"improved": "faster", "regressed": "slower", "equivalent": f"equal within {percent(margin)}"}
    return words.get(ratio.verdict, ratio.verdict)


def _interval(figure: Figure) -> str:
    return f" (95 % interval {figure.interval})" if figure.interval else ""


def _could_see(ratio: Ratio) -> str:
    return "" if ratio.detectable is None else f"; this run could have seen {percent(ratio.detectable)}"
