"""Measures again with the settings that may remove a figure's reason: a reason without its cure is half an answer."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bench.compare.request import Comparison, MeasureAgain
from bench.metrics.registry import find_metric
from bench.processes.subject import Subject
from bench.records.diagnoses import Cure, Diagnosis
from bench.records.result import Result
from bench.records.workload import Workload
from bench.text.places import place_key
from brokers.errors import BrokerbenchError
from brokers.overlay import overlay

__all__ = ["cured", "kept_s", "with_settings"]

_SHARE = 0.2  # of the budget, at most
_FOLDER = "with-the-cure"
_LEAST_S = 10.0  # to boot a server, start two workers, and drain a few times


def kept_s(comparison: Comparison, found: Iterable[Diagnosis]) -> float:
    """Return how many seconds of the budget to keep for measuring the cures of these diagnoses; 0 without any."""
    is_due = _measures_cures(comparison) and any(one.cure for one in found)
    return max(_LEAST_S, _SHARE * comparison.budget_s) if is_due else 0.0


def _measures_cures(comparison: Comparison) -> bool:
    """Return whether there is time for cures: two sides, and a second look, have a question of their own."""
    return not comparison.sides and not comparison.confirms


def cured(result: Result, comparison: Comparison, measure: MeasureAgain) -> Result:
    """Measure each curable subject against itself with the cure, and return the result with what was found.

    Each pair has its own short comparison, with new servers and another seed, in the time that is left. Without a cure
    to try, it is the same object. If a comparison fails, the cure says why.
    """
    groups = _groups(result.diagnoses)
    if not groups or result.status != "finished":
        return result
    if not _measures_cures(comparison):
        others = {id(one): _failed(one, "only 'compare' measures that") for group in groups for one in group}
        return _with(result, others)
    measured: dict[int, Diagnosis] = {}
    for number, group in enumerate(groups):
        left_s = comparison.started_s + comparison.budget_s - time.monotonic()
        share_s = left_s / (len(groups) - number)
        if share_s < _LEAST_S:
            break
        try:
            second = measure(_pair(comparison, group, share_s, number), f"{_FOLDER}-{number + 1}")
        except KeyboardInterrupt:
            return _with(result, measured).model_copy(update={"status": "interrupted"})
        except BrokerbenchError as error:
            measured |= {id(one): _failed(one, error.format_message()) for one in group}
        else:
            measured |= {id(one): _filled(one, second) for one in group}
    return _with(result, measured)


def _groups(diagnoses: Iterable[Diagnosis]) -> list[list[Diagnosis]]:
    """Return the diagnoses that one pair of subjects can show: of one subject, with the same settings, at one place."""
    groups: dict[object, list[Diagnosis]] = {}
    for one in diagnoses:
        if one.cure:
            groups.setdefault((one.subject, repr(one.cure.settings), place_key(one.at)), []).append(one)
    return list(groups.values())


def _pair(comparison: Comparison, group: list[Diagnosis], budget_s: float, number: int) -> Comparison:
    """Return a comparison of a subject as it is with itself and the cure."""
    first = group[0]
    subject = next(one for one in comparison.subjects if one.label == first.subject)
    metrics = {one.metric for one in group}
    other = with_settings(subject, first.cure.settings if first.cure else {}, f"{subject.label}, cured")
    return replace(
        comparison,
        subjects=[subject, other],
        workload=_workload_at(comparison.workload, first),
        metrics=[metric for metric in comparison.metrics if metric in metrics],
        budget_s=budget_s,
        seed=comparison.seed + 1 + number,
        rates_per_s=(),
        reserved_s=0.0,
        ceilings=False,
        sides=True,
        confirms=True,
        started_s=time.monotonic(),
    )


def _workload_at(workload: Workload, one: Diagnosis) -> Workload:
    return next((point for at, point in workload.points() if at.items() <= one.at.items()), workload)


def with_settings(subject: Subject, settings: Mapping[str, Any], label: str) -> Subject:
    """Return the subject under another label, with these settings, by dotted names, on top of its own."""
    added: dict[str, Any] = {}
    for dotted, value in settings.items():
        *outer, last = dotted.split(".")
        place = added
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return replace(subject, label=label, settings=overlay(dict(subject.settings), added))


def _filled(one: Diagnosis, second: Result) -> Diagnosis:
    """Return a diagnosis with what the second run measured of its cure."""
    rows = [row for row in second.summary if row.metric == one.metric and row.ratio and row.layer == "celery"]
    if not rows:
        return _failed(one, "the time was too short for a figure: use a longer budget")
    if rows[0].void:
        return _failed(one, rows[0].void)
    return _changed(one, figure=find_metric(one.metric).compared(rows[0]), ratio=rows[0].ratio, why_not="")


def _failed(one: Diagnosis, why_not: str) -> Diagnosis:
    return _changed(one, why_not=why_not)


def _changed(one: Diagnosis, **fields: Any) -> Diagnosis:
    cure = one.cure or Cure(settings={})
    return one.model_copy(update={"cure": cure.model_copy(update=fields)})


def _with(result: Result, measured: Mapping[int, Diagnosis]) -> Result:
    return result.model_copy(update={"diagnoses": [measured.get(id(one), one) for one in result.diagnoses]})
