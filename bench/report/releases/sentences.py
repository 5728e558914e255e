"""The answer about a package's releases, in at most five sentences, and the notes below it."""

from bench.metrics.registry import find_metric, side_metrics
from bench.records.figures import Ratio
from bench.records.releases import LevelStep, ReleaseRow, Releases
from bench.stats.levels import FEWEST_FOR_A_STEP
from bench.text.cleaning import clean, first_line
from bench.text.numbers import detectable, limit_text, percent, ratio_figure, ratio_text

__all__ = ["answer", "engine_of", "notes_of", "reading_of", "step_sentence", "title_of", "what_of", "why_not"]

_MOST_STEPS = 3


def engine_of(releases: Releases) -> str:
    """Return the engine's metric that has the figures."""
    return side_metrics()[releases.metric].measured[-1]


def what_of(releases: Releases) -> str:
    """Return what a figure is: ``tasks a second``."""
    return find_metric(engine_of(releases)).words.what


def title_of(releases: Releases) -> str:
    """Return what was measured: ``kombu on redis, throughput``."""
    server = ""
    if releases.server and releases.emulator:
        server = f" ({clean(releases.server.software)})"
    return f"{clean(releases.package)} on {clean(releases.subject)}{server}, {releases.metric}"


def answer(releases: Releases) -> list[str]:
    """Return the answer in at most five sentences."""
    head = f"{title_of(releases)}: {_counted(releases)}."
    if releases.generations < FEWEST_FOR_A_STEP:
        why = f"Nothing is certain: {releases.generations} set of fresh processes, and {FEWEST_FOR_A_STEP} are needed"
        return [head, f"{why}: use a larger --budget, at least {_more_minutes(releases)}m."]
    return [head, *_step_sentences(releases), *_ends(releases)]


def _counted(releases: Releases) -> str:
    found, missing = len(releases.steps), sum(row.failure is not None for row in releases.rows)
    changes = (
        f"{found} change{'' if found == 1 else 's'}" if found else f"no change above {limit_text(releases.margin)}"
    )
    left_out = f", {missing} not measured" if missing else ""
    return f"{changes} in {len(releases.measured)} releases{left_out}"


def _step_sentences(releases: Releases) -> list[str]:
    shown = releases.steps if len(releases.steps) <= _MOST_STEPS else releases.steps[: _MOST_STEPS - 1]
    sentences = [step_sentence(step) for step in shown]
    if rest := releases.steps[len(shown) :]:
        listed = ", ".join(f"{clean(one.release)} ({ratio_text(one.ratio)}, {_way(one)})" for one in rest)
        sentences.append(f"Also: {listed}.")
    if not sentences and (seen := _seen(releases)):
        sentences.append(f"Between neighbours, this run could see {_difference(seen)} (the median).")
    return sentences


def _difference(seen: float) -> str:
    text = detectable(seen)
    return f"a difference of {text}" if text == percent(seen) else text


def step_sentence(step: LevelStep) -> str:
    """Return a change of level in one sentence."""
    ratio = Ratio(to=step.previous, value=step.ratio, low=step.low, high=step.high, blocks=1)
    figure = ratio_figure(ratio)
    unsure = f" (or {', '.join(map(clean, step.unmeasured))})" if step.unmeasured else ""
    return (
        f"{clean(step.release)}{unsure}: {figure.text} ({figure.interval}) "
        f"the level up to {clean(step.previous)}, {_way(step)}."
    )


def _way(step: LevelStep) -> str:
    return "worse" if step.worse else "better"


def _ends(releases: Releases) -> list[str]:
    """Return how the oldest release compares with the newest."""
    measured = releases.measured
    if len(measured) < 2 or measured[0].to_newest is None:  # noqa: PLR2004 - a pair
        return []
    oldest, newest = measured[0], measured[-1]
    ratio = ratio_figure(oldest.to_newest)
    figure = f"{ratio.text} ({ratio.interval})" if ratio.low else ratio.text
    most = "at most " if oldest.at_most else ""
    return [
        f"The oldest, {clean(oldest.release)}, has {most}{figure} the {what_of(releases)} of {clean(newest.release)}."
    ]


def _seen(releases: Releases) -> float | None:
    """Return the median of the smallest differences between neighbours that the run could have detected."""
    seen = sorted(row.to_previous.detectable for row in releases.rows if row.to_previous and row.to_previous.detectable)
    return seen[len(seen) // 2] if seen else None


def _more_minutes(releases: Releases) -> int:
    each_s = releases.budget_s / max(1, releases.generations)
    return int(each_s * (FEWEST_FOR_A_STEP + 1) / 60) + 1


def why_not(row: ReleaseRow) -> str:
    """Return why a release was not measured, in one line."""
    return first_line(row.failure or "").rstrip(".")


def notes_of(releases: Releases) -> list[str]:
    """Return what to know before trusting the figures."""
    notes = [clean(warning) for warning in releases.warnings]
    if releases.status == "interrupted":
        notes.insert(0, "interrupted: the figures cover what was measured until then")
    if releases.emulator:
        notes.append("the server is an emulator: its releases are compared with each other, and not with a service")
    if any(row.at_most for row in releases.rows):
        notes.append("a figure with <= is the highest that it could have been: the worker hardly moved")
    return notes


def reading_of(releases: Releases, *, beneath: bool) -> str:
    """Return how to read the table; other packages are ``beneath`` a release where they change, or in a column."""
    limit = limit_text(releases.margin)
    differs = ""
    if any(row.versions for row in releases.rows):
        where = "Below a release: the versions of other packages from there on" if beneath else "With: other packages"
        differs = f" {where}, which could not be the same for all."
    return (
        f"Ratios: {what_of(releases)} over the one before and over the newest, with 95 % intervals; * is certain "
        "(all ratios together err in at most 5 of 100 runs). A change is certain and above "
        f"{limit}: the releases up to the next change, against those since the one before.{differs}"
    )
