"""Makes the record of a tuning from what its search found."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bench.records.gain import Gain
from bench.records.result import Result
from bench.records.tune import (
    AblationLine,
    Curve,
    CurvePoint,
    Fate,
    LeftOut,
    Setting,
    Tried,
    TuneLine,
    TuneOutcome,
    TuneRecord,
)
from bench.stats.halving import Standing
from bench.stats.intervals import CONFIDENCE, PairedRatio, with_error
from bench.stats.looks import FEWEST_FOR_A_LOOK, beyond_and_within
from bench.stats.settling import needed_for_limit_s
from bench.text.numbers import budget_text, limit_text, plural
from bench.tune import candidates
from bench.tune.combining import Combination, without
from bench.tune.search import Began, Measure, Search, TuneQuestion
from bench.tune.stage import Ablated, Stage
from bench.tune.warnings import search_warnings
from bench.tune.watch import PRESENT, Confirming, Halving
from brokers.errors import UsageError
from brokers.outside import safe_values, without_secrets

__all__ = ["tuned"]

_MOST_REASONS = 3
_MUCH = 0.1  # a gain that must be excluded before nothing is said to help


def tuned(
    question: TuneQuestion,
    measure: Measure,
    clock_s: Callable[[], float] = time.monotonic,
    began: Began = lambda *_: None,
) -> TuneRecord:
    """Search and confirm, and return what was found; what a search does not know, others add to the record.

    ``measure`` measures a comparison as ``bench.compare.run.compare`` does, and ``began`` hears of each stage. Raises
    BrokerUnavailable when the subject cannot be measured at all, and UsageError when there is nothing to try.
    """
    if not question.candidates:
        reasons = "; ".join(f"{one.name}: {one.why}" for one in question.left_out[:_MOST_REASONS])
        raise UsageError(f"nothing can be tried on {question.subject.label}{f' ({reasons})' if reasons else ''}")
    began_s = clock_s()
    search = Search(question, measure, clock_s, began)
    search.run()
    return _record(search, clock_s() - began_s)


def _record(search: Search, duration_s: float) -> TuneRecord:
    question, results = search.question, [stage.result for stage in search.stages]
    tried = [one for stage in search.stages for one in _tried(search, stage)]
    chosen = [one for stage in search.stages for one in _tried(search, stage) if one.label != _base(stage)]
    outcome, why = _outcome(search)
    winner, final = search.winner, search.final
    confirmation = results[-1] if search.confirming and search.stages[-1].watch is search.confirming else None
    is_shown = confirmation is not None and final is not None
    return TuneRecord(
        status="interrupted" if _is_interrupted(search) else "finished",
        started_at=results[0].started_at,
        duration_s=duration_s,
        budget_s=question.budget_s,
        seed=question.seed,
        margin=question.margin,
        workload=results[0].workload,
        environment=results[0].environment,
        warnings=search_warnings(search),
        subject=results[-1].subjects[0].model_copy(update={"label": question.subject.label}),
        goal=question.goal.record(),
        reasons=[one.model_copy(update={"subject": question.subject.label}) for one in search.reasons],
        outcome=outcome,
        why=why,
        detectable=_detectable(search),
        left_out=[
            *(_left_out(question, one) for one in question.left_out),
            *(LeftOut(settings=_settings(question, one), why="there was no time") for one in _never(search)),
        ],
        stages=[stage.record for stage in search.stages],
        tried=tried,
        curves=_curves(question, tried),
        found=_best(chosen, winner),
        ablated=[_ablation_line(question, one) for one in search.ablated],
        lines=[_line(search, final, name) for name in final.settings] if final and outcome == "helps" else [],
        searched=found.gain if (found := _best(chosen, final)) else None,
        tested=_settings(question, final) if final and is_shown else [],
        confirmed=_gain(search, final.label, PRESENT) if is_shown and final else None,
        figures=question.goal.figures(confirmation, PRESENT, final.label) if confirmation and final else [],
        limits=question.goal.checks(confirmation, PRESENT, final.label) if confirmation and final else [],
    )


def _outcome(search: Search) -> tuple[TuneOutcome, str]:
    """Return what is known at the end, and why it is no more than that."""
    stage, final, confirming = search.stages[-1], search.final, search.confirming
    if why := _broken_off(search, stage):
        return "not measured", why
    if final is None:
        return _nothing(search)
    if confirming is None or confirming.ratio is None or confirming.ratio.generations < FEWEST_FOR_A_LOOK:
        return "not measured", f"there was too little time to confirm {final.label}"
    if why := search.question.goal.why_void(stage.result, [PRESENT, final.label]):
        return "not measured", why
    return _confirmed(search, confirming, stage.result, final)


def _broken_off(search: Search, stage: Stage) -> str:
    """Return why the last stage that began did not end; empty if it did."""
    if failure := stage.failure(PRESENT):
        return f"the present settings could not be measured: {failure}"
    if search.error:
        return f"what was found could not be confirmed: {search.error}"
    if _is_interrupted(search):
        return "it was interrupted before anything was confirmed"
    failure = stage.failure(search.final.label) if search.final and search.confirming else ""
    return f"what was found failed in the confirmation: {failure}" if failure else ""


def _is_interrupted(search: Search) -> bool:
    return search.interrupted or any(stage.result.status == "interrupted" for stage in search.stages)


def _nothing(search: Search) -> tuple[TuneOutcome, str]:
    """Return that nothing seems to gain, with what the search would probably have seen."""
    margin, seen = search.question.margin, _detectable(search)
    if seen is None:
        return "not measured", "no setting could be measured"
    if search.void:
        return "not measured", next(iter(search.void.values()))
    if search.refused:
        label, why = next(iter(search.refused.items()))
        return _if_all_were_tried(search, f"no setting gains within the limits; {label}: {why}")
    found = f"no setting seems to gain more than {limit_text(margin)}; {1 + seen:.2f}x would probably show"
    return _if_all_were_tried(search, found)


def _if_all_were_tried(search: Search, why: str) -> tuple[TuneOutcome, str]:
    """Return that nothing helps, or that this is unclear because there was no time for everything."""
    if never := len(_never(search)):
        return "unclear", f"{why}, but there was no time for {plural(never, 'value')}: a longer budget tries more"
    return "nothing helps", why


def _detectable(search: Search) -> float | None:
    """Return the relative gain that would have shown in 80 of 100 such screenings, whichever setting had it."""
    each = [stage.watch.standings.values() for stage in search.screenings if isinstance(stage.watch, Halving)]
    return max((one.detectable(search.question.margin, len(known)) for known in each for one in known), default=None)


def _confirmed(search: Search, confirming: Confirming, result: Result, final: Combination) -> tuple[TuneOutcome, str]:
    question, ratio = search.question, confirming.ratio
    if confirming.outcome == "regressed" and ratio and ratio.low and ratio.low > 1:  # and the interval says so, too
        broken = question.goal.breaks(result, final.label)
        return ("breaks a limit", f"{final.label} does not keep {broken}") if broken else ("helps", "")
    if confirming.outcome == "within":
        return _if_all_were_tried(search, f"{final.label} gains certainly no more than {limit_text(question.margin)}")
    if ratio is None or _excludes(ratio, question.margin):
        seen = f": {ratio.value:.3g} times ({ratio.low:.3g} to {ratio.high:.3g})" if ratio and ratio.low else ""
        return _if_all_were_tried(search, f"a gain of {final.label} was not confirmed{seen}")
    needed_s = needed_for_limit_s(question.budget_s, ratio, "less", question.margin)
    longer = f"; --budget {budget_text(needed_s)} would probably settle it" if needed_s else ""
    return "unclear", f"a gain of {final.label} is not certain{longer}"


def _excludes(ratio: PairedRatio, margin: float) -> bool:
    """Return True if it is not certain to gain anything, and certain not to gain much."""
    gains = ratio.value > 1 + margin and beyond_and_within(ratio, "less", 0.0)[0] < 1 - CONFIDENCE
    return not gains and ratio.high is not None and ratio.high <= 1 + _MUCH


def _never(search: Search) -> list[Combination]:
    """Return what had no turn at all."""
    had = {label for stage in search.stages for label in _had(stage)}
    first = {one.label: one for stage in search.screenings for one in stage.combinations}
    return [one for one in {**first, **{one.label: one for one in search.untried}}.values() if one.label not in had]


def _had(stage: Stage) -> Iterable[str]:
    """Return who had a part in a stage, measured or not."""
    watch = stage.watch
    return [*watch.standings, *watch.why] if isinstance(watch, Halving) else [one.label for one in stage.combinations]


def _tried(search: Search, stage: Stage) -> Iterator[Tried]:
    """Return what a stage of the search measured beside the present settings; a confirmation only confirms."""
    watch, question = stage.watch, search.question
    if not isinstance(watch, Halving):
        return
    had = {*_had(stage), watch.base}
    for one in (one for one in stage.combinations if one.label in had):
        failure, why = stage.failure(one.label), _why(search, watch, one.label)
        ratio = question.goal.ratio(watch.tally, one.label, PRESENT, question.seed)
        if one.label == watch.base and ratio is None:
            continue
        fate: Fate = "failed" if failure else "not measured" if ratio is None else "dropped" if why else "kept"
        yield Tried(
            label=one.label,
            stage=stage.record.name,
            settings=_settings(question, one),
            gain=Gain.of(ratio) if ratio else None,
            generations=ratio.generations if ratio else 0,
            fate=fate,
            why=failure or why,
        )


def _base(stage: Stage) -> str:
    """Return above what a stage looks for gains; empty for a confirmation."""
    return stage.watch.base if isinstance(stage.watch, Halving) else ""


def _why(search: Search, watch: Halving, label: str) -> str:
    """Return why a combination was not pursued; empty if it was."""
    return watch.why.get(label) or search.refused.get(label) or search.void.get(label) or ""


def _best(tried: Iterable[Tried], combination: Combination | None) -> Tried | None:
    """Return the last that is known of a combination before its confirmation."""
    return next(
        (one for one in reversed(list(tried)) if combination and one.label == combination.label and one.gain), None
    )


def _settings(question: TuneQuestion, one: Combination) -> list[Setting]:
    return [_setting(question, name, value) for name, value in one.settings.items()]


def _setting(question: TuneQuestion, name: str, value: Any) -> Setting:
    """Return the record of a setting, without secrets."""
    return Setting(
        name=name,
        value=safe_values(without_secrets(value, name)),
        before=safe_values(without_secrets(question.before(name), name)),
    )


def _curves(question: TuneQuestion, tried: Iterable[Tried]) -> list[Curve]:
    """Return the values of each setting that were tried alone, beside the present one."""
    points: dict[str, dict[str, CurvePoint]] = {}
    for one in tried:
        if len(one.settings) == 1 and one.gain:
            setting = one.settings[0]
            points.setdefault(setting.name, {})[one.label] = CurvePoint(value=setting.value, gain=one.gain)
    return [
        Curve(setting=name, points=_in_order([CurvePoint(value=question.before(name), present=True), *some.values()]))
        for name, some in points.items()
    ]


def _in_order(points: list[CurvePoint]) -> list[CurvePoint]:
    """Return the points by value if all values are numbers, else as they were tried."""
    if all(isinstance(point.value, int | float) and not isinstance(point.value, bool) for point in points):
        return sorted(points, key=lambda point: float(point.value))
    return points


def _ablation_line(question: TuneQuestion, one: Ablated) -> AblationLine:
    setting = _setting(question, one.name, one.whole.settings[one.name])
    if one.standing is None:
        return AblationLine(setting=setting, kept=one.kept, why="there was no time to measure it without")
    certain = one.standing.is_certain(question.margin, len(one.whole))
    why = "without it, it is certainly worse" if certain else "without it, no loss is certain"
    return AblationLine(setting=setting, loss=_loss(one.standing), kept=one.kept, why=why)


def _loss(standing: Standing) -> Gain:
    return Gain.of(with_error(standing.log, standing.error, standing.freedom, standing.generations))


def _left_out(question: TuneQuestion, one: candidates.LeftOut) -> LeftOut:
    """Return the record of what was not tried; a setting of which no value was has the present one alone."""
    value = one.value if one.has_value else question.before(one.name)
    return LeftOut(settings=[_setting(question, one.name, value)], why=one.why, whole=not one.has_value)


def _line(search: Search, final: Combination, name: str) -> TuneLine:
    others = without(final, name).label if len(final) > 1 else PRESENT
    about = search.question.tunables.get(name)
    return TuneLine(
        setting=_setting(search.question, name, final.settings[name]),
        does=about.does if about else "",
        costs=about.costs if about else "",
        contribution=_gain(search, final.label, others),
    )


def _gain(search: Search, label: str, to: str) -> Gain | None:
    """Return how many times better one side of the confirmation is than another."""
    confirming = search.confirming
    if confirming is None:
        return None
    ratio = search.question.goal.ratio(confirming.tally, label, to, confirming.seed)
    return Gain.of(ratio) if ratio else None
