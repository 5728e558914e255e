"""Derives a result's rows from its tally."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # lazily loads its parts, which take a second
from numpy.typing import NDArray

from bench.figures.logs import ratio_logs
from bench.figures.relays import Relays
from bench.figures.tally import MAIN, Chunk, Leg, Tally
from bench.metrics.metric import Metric
from bench.metrics.registry import better, find_metric
from bench.records.figures import Estimate, Percentiles, Ratio, Row
from bench.records.provenance import SubjectRecord
from bench.records.turns import HistogramRecord, Key, Series
from bench.stats.histogram import Histogram
from bench.stats.intervals import (
    CONFIDENCE,
    FEWEST_GENERATIONS,
    Interval,
    PairedRatio,
    quantiles,
    rate,
)
from bench.stats.looks import FEWEST_FOR_A_LOOK
from bench.stats.settling import (
    grown,
    is_settled,
    needed_budgets_s,
    needed_for_generations_s,
    needed_for_limit_s,
)
from bench.stats.verdicts import Better, verdicts

__all__ = ["summarize"]

_PERCENTILES = {"median_ns": 0.5, "p95_ns": 0.95, "p99_ns": 0.99, "p999_ns": 0.999}
_MOST_SPELLS = 40
_FEWEST_MEANS = 3


def summarize(
    subjects: Iterable[SubjectRecord],
    tally: Tally,
    seed: int,
    margin: float,
    *,
    sides: bool = False,
    budget_s: float = 0.0,
) -> list[Row]:
    """Return a row for each series, in the order of measurement, and subject, followed by rows for its ceilings.

    A ratio is to the first subject of the same tier with the same kind of server and the same workload: an emulator is
    not ranked against servers, nor one task against another. Of two sides, the second is compared with the first,
    whatever their tiers. All ratios of a result are one family: their verdicts hold together. An inconclusive one has
    the budget that would probably settle it, if ``budget_s``, that of this run, is not 0.
    """
    summary = _Summary(list(subjects), seed, tally.relays, sides)
    for series in tally.series:
        summary.add(series, tally.legs(series), tally.left_out(series), elsewhere=series in tally.elsewhere)
    return summary.judged(margin, budget_s)


@dataclass
class _Summary:
    """Rows, and the ratios of some of them, to be judged together at the end."""

    subjects: list[SubjectRecord]
    seed: int
    relays: Relays
    sides: bool = False

    def __post_init__(self) -> None:
        self._rows: list[Row] = []
        self._ratios: dict[int, PairedRatio] = {}

    def add(self, series: Series, legs: list[Leg], left_out: Mapping[Key, int], *, elsewhere: bool = False) -> None:
        """Add the rows of a series: only those of its turns if it is ``elsewhere``, which was not planned.

        ``left_out`` is how many void turns are not in the legs.
        """
        references, void_reference = self._references(legs), False
        for subject in (one for one in self.subjects if one.is_measured_in(series.metric)):
            own: Key = (subject.label, "celery")
            row = self._row(series, legs, own, subject).model_copy(update={"left_out": left_out.get(own, 0)})
            if elsewhere and not row.blocks:
                continue
            reference = references.get(self._kind(subject))
            if reference == subject.label:
                void_reference = row.void is not None
            elif reference and row.blocks:
                row = self._with_ratio(row, legs, own, (reference, "celery"), void_reference)
            self._rows.append(row)
            for ceiling in _ceilings(subject):
                self._add_ceiling(series, legs, own, ceiling, subject)

    def judged(self, margin: float, budget_s: float) -> list[Row]:
        """Return all rows, their ratios with verdicts, and with the budgets that would settle the inconclusive ones."""
        rows = list(self._rows)
        ways: list[Better] = [better(rows[place].metric) for place in self._ratios]
        family = list(zip(self._ratios.values(), ways, strict=True))
        judged = verdicts(family, margin)
        needed_s = self._needed_s(family, margin, budget_s) if "inconclusive" in judged else [None for _ in judged]
        for place, verdict, needed in zip(self._ratios, judged, needed_s, strict=True):
            own = {"verdict": verdict, "needed_s": needed if verdict == "inconclusive" else None}
            if ratio := rows[place].ratio:
                rows[place] = rows[place].model_copy(update={"ratio": ratio.model_copy(update=own)})
        return rows

    def _needed_s(self, family: list[tuple[PairedRatio, Better]], margin: float, budget_s: float) -> list[float | None]:
        """Return for each ratio the budget that would probably settle it; of two sides, what ``ab`` asks about it."""
        if not budget_s:
            return [None for _ in family]
        if self.sides:
            return [
                None if is_settled(ratio, way, margin) else needed_for_limit_s(budget_s, ratio, way, margin)
                for ratio, way in family
            ]

        def certain(times: float) -> list[bool]:
            longer = verdicts([(grown(ratio, times), way) for ratio, way in family], margin)
            return [verdict != "inconclusive" for verdict in longer]

        found = zip(family, needed_budgets_s(budget_s, certain), strict=True)
        return [
            needed if ratio.error else needed_for_generations_s(budget_s, ratio.generations)
            for (ratio, _), needed in found
        ]

    def _references(self, legs: list[Leg]) -> dict[tuple[str, bool, str], str]:
        """Return the first measured subject of each kind, the reference of the others."""
        measured = {label for leg in legs for label, layer in leg.keys if layer == "celery"}
        return {self._kind(subject): subject.label for subject in reversed(self.subjects) if subject.label in measured}

    def _kind(self, subject: SubjectRecord) -> tuple[str, bool, str]:
        """Return what comparable subjects share; two sides are always comparable."""
        return ("", False, "") if self.sides else subject.kind

    def _row(self, series: Series, legs: list[Leg], key: Key, subject: SubjectRecord) -> Row:
        metric = series.metric
        generations = [chunks for leg in legs if (chunks := leg.chunks(key))]
        rates_per_s = [leg.rates_per_s[key] for leg in legs if key in leg.rates_per_s]
        blocks = sum(chunk.turns for chunks in generations for chunk in chunks)
        figures = _figures(find_metric(metric), generations, self._rng())
        if generations:
            whole = _Whole(generations, rates_per_s[0] if rates_per_s else 0.0, self._rng())
            figures |= find_metric(metric).more(whole)
            figures["void"] = figures.get("void") or self.relays.why_void(series, key, subject)
        return Row(
            subject=subject.label,
            layer=key[1],
            tier=subject.tier,
            metric=metric,
            at=series.at,
            blocks=blocks,
            disturbed=sum(chunk.disturbed for chunks in generations for chunk in chunks),
            drift=_drift(legs, key),
            **figures,
        )

    def _with_ratio(self, row: Row, legs: list[Leg], own: Key, reference: Key, void_reference: bool) -> Row:
        """Add the ratio, which joins the family if neither figure is void."""
        pairs = ratio_logs(legs, own, reference)
        if not pairs:
            return row
        ratio = pairs.ratio(self.seed, FEWEST_FOR_A_LOOK if self.sides else FEWEST_GENERATIONS)
        if row.void is None and not void_reference:
            self._ratios[len(self._rows)] = ratio
        return row.model_copy(update={"ratio": Ratio.of(ratio, reference[0], pairs.blocks)})

    def _add_ceiling(self, series: Series, legs: list[Leg], own: Key, ceiling: Key, subject: SubjectRecord) -> None:
        pairs = ratio_logs(legs, own, ceiling)
        if not pairs:
            return
        ratio = pairs.ratio(self.seed)
        share = Estimate(value=ratio.value, low=ratio.low, high=ratio.high)
        row = self._row(series, legs, ceiling, subject)
        own_speed = share if better(series.metric) == "more" else _inverse(share)
        self._rows.append(row.model_copy(update={"share": own_speed}))

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


def _ceilings(subject: SubjectRecord) -> list[Key]:
    """Return the keys of a subject's ceilings; Celery on ``memory`` is a ceiling of all subjects."""
    own: list[Key] = [(subject.label, "kombu"), (subject.label, "raw")]
    return [*own, ("memory", "memory")] if subject.spans_processes else own


def _figures(metric: Metric, generations: list[list[Chunk]], rng: np.random.Generator) -> dict[str, Any]:
    events = [[(chunk.events, chunk.duration_ns) for chunk in chunks] for chunks in generations]
    counted: dict[str, Any] = {"samples": sum(count for chunks in events for count, _ in chunks)}
    if metric.rated:
        counted["per_second"] = _estimate(rate(events, rng))
    if not metric.sampled or not generations:
        return counted
    histograms = [[chunk.histogram for chunk in chunks] for chunks in generations]
    merged = Histogram.merged([one for chunks in histograms for one in chunks])
    if metric.few:
        counted["mean_ns"] = _geometric_mean(generations)
    whole: dict[str, Any] = {"samples": merged.total, "histogram": HistogramRecord.recorded(merged)}
    return counted | _percentiles(histograms, rng) | whole


def _geometric_mean(generations: list[list[Chunk]]) -> Estimate:
    """Return the geometric mean over generations, or over blocks if there are too few, with its t interval."""
    blocks = [[chunk.histogram for chunk in chunks] for chunks in generations]
    if len(blocks) < FEWEST_GENERATIONS:
        blocks = [[block] for generation in blocks for block in generation]
    merged = [Histogram.merged(parts) for parts in blocks]
    means = [np.average(np.log(one.values_ns), weights=one.counts) for one in merged]
    middle = float(np.mean(means))
    if len(means) < _FEWEST_MEANS:
        return Estimate(value=float(np.exp(middle)))
    half = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(means) - 1) * scipy.stats.sem(means))
    low, value, high = (float(np.exp(log)) for log in (middle - half, middle, middle + half))
    return Estimate(value=value, low=low, high=high)


def _percentiles(generations: list[list[Histogram]], rng: np.random.Generator) -> dict[str, Estimate | None]:
    found = quantiles(generations, list(_PERCENTILES.values()), rng)
    return {name: _estimate(one) for name, one in zip(_PERCENTILES, found, strict=True)}


@dataclass(frozen=True)
class _Whole:
    """All measured turns of one subject at one place, from which a metric adds fields to its row."""

    generations: list[list[Chunk]]
    rate_per_s: float
    rng: np.random.Generator

    @property
    def chunks(self) -> list[Chunk]:
        return [chunk for generation in self.generations for chunk in generation]

    @property
    def events(self) -> int:
        return sum(chunk.events for chunk in self.chunks)

    @property
    def duration_ns(self) -> int:
        return sum(chunk.duration_ns for chunk in self.chunks)

    @property
    def dropped(self) -> int:
        return sum(chunk.dropped for chunk in self.chunks)

    def counted(self, name: str) -> Histogram:
        return Histogram.merged(_closed(chunk, name) for chunk in self.chunks)

    def percentiles(self, name: str) -> Percentiles:
        histograms = [[_closed(chunk, name) for chunk in chunks] for chunks in self.generations]
        samples = sum(one.total for chunks in histograms for one in chunks)
        return Percentiles(samples=samples, **_percentiles(histograms, self.rng))


def _closed(chunk: Chunk, name: str) -> Histogram:
    return chunk.histogram if name == MAIN else chunk.counted(name)


def _drift(legs: list[Leg], key: Key) -> list[tuple[float, float]]:
    """Return the medians of the key's figures in at most 40 spells, which begin at the same times for all keys."""
    if not legs:
        return []
    at_s = np.concatenate([np.asarray(leg.at_s) for leg in legs])
    logs = np.concatenate([leg.logs(key) for leg in legs])
    return list(_spells(at_s, logs))


def _spells(at_s: NDArray[np.float64], logs: NDArray[np.float64]) -> Iterator[tuple[float, float]]:
    width = max(1, -(-len(at_s) // _MOST_SPELLS))
    for start in range(0, len(at_s), width):
        spell = logs[start : start + width]
        if not np.isnan(spell).all():
            yield round(float(at_s[start]), 3), float(np.exp(np.nanmedian(spell)))


def _estimate(interval: Interval | None) -> Estimate | None:
    return None if interval is None else Estimate.of(interval)


def _inverse(estimate: Estimate) -> Estimate:
    low, high = (None if end is None else 1 / end for end in (estimate.high, estimate.low))
    return Estimate(value=1 / estimate.value, low=low, high=high)
