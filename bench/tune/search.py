"""Searches for the settings that improve a goal, and confirms what it found: each stage is a run of its own.

What chose a setting flatters it: the best of many measured gains is the one with the most luck. So the last stage
measures exactly the settings that are left, in fresh processes and with another seed, and only its figure is a result.
Two settings that do nothing alone and much together are found only if they are named as partners.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.compare.request import Comparison
from bench.compare.run import Absent, Enough
from bench.diagnoses.registry import MAIN_SHARE
from bench.processes.subject import Subject
from bench.records.bounds import MOST_SEED
from bench.records.diagnoses import Diagnosis
from bench.records.result import Result
from bench.records.tune import StageName, StageRecord
from bench.records.workload import Workload
from bench.stats.halving import Standing, simplest
from bench.tune.candidates import LeftOut
from bench.tune.combining import Combination, combined, first_combinations, leaders, on_top, without
from bench.tune.goal import Goal
from bench.tune.plan import SIDE_S, first_round, has_room, measured_side_s, screens_on, stage_budget_s
from bench.tune.stage import Ablated, Stage
from bench.tune.watch import PRESENT, Confirming, Halving
from brokers.errors import BrokerbenchError
from brokers.tunable import Tunable

__all__ = ["Began", "Measure", "Search", "TuneQuestion"]

Measure = Callable[[Comparison, Enough, Absent], Result]
"""Measures a comparison, as ``bench.compare.run.compare`` does."""
Began = Callable[[StageName, Comparison], object]
"""Hears that a stage begins."""
_MOST_SHARE = 0.99  # of the time, that a reason explains: what is left then is known too badly
_DRAIN_S = 0.5  # as long as with two sides: the fresh processes of a side take longer than that
_STAGES: tuple[StageName, ...] = ("screening", "combining", "ablation", "confirmation")


@dataclass(frozen=True, kw_only=True)
class TuneQuestion:
    """What to tune, for what, and for how long.

    ``candidates`` are settings and values to try, the most promising first, and ``partners`` are names of two that may
    act together although each alone does nothing. ``make`` returns the subject with these settings under that label,
    and ``before`` the value that a setting has now.
    """

    subject: Subject
    workload: Workload
    goal: Goal
    candidates: Sequence[tuple[str, Any]]
    make: Callable[[Subject, Mapping[str, Any], str], Subject]
    before: Callable[[str], Any]
    margin: float
    budget_s: float
    seed: int
    partners: Sequence[tuple[str, str]] = ()
    tunables: Mapping[str, Tunable] = field(default_factory=dict)
    """What is known about the settings, by name."""
    left_out: Sequence[LeftOut] = ()
    """What is not tried, and why."""


@dataclass
class Search:
    """The stages of a tuning, one after the other, in the time of its budget.

    ``winner`` is the best of the search, ``final`` what is left of it after the ablation; None if nothing gains.
    """

    question: TuneQuestion
    measure: Measure
    clock_s: Callable[[], float] = time.monotonic
    began: Began = lambda *_: None
    stages: list[Stage] = field(default_factory=list)
    untried: list[Combination] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Combinations that break a limit, and which."""
    void: dict[str, str] = field(default_factory=dict)
    """Combinations whose figures mean nothing, and why."""
    ablated: list[Ablated] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    """Where those stand that the screening left."""
    over_best: dict[str, Standing] = field(default_factory=dict)
    """Where combinations stand that seem better than the best that acts alone, above that."""
    error: str = ""
    """Why a later stage could not be run."""
    interrupted: bool = False
    """Whether a later stage was interrupted before it measured anything."""
    winner: Combination | None = None
    final: Combination | None = None
    confirming: Confirming | None = None

    def __post_init__(self) -> None:
        self._until_s = self.clock_s() + self.question.budget_s

    def run(self) -> None:
        """Run all stages; an interrupt, or a failure of a later stage, ends with what was found so far.

        Raises what ``measure`` raises in the first stage.
        """
        try:
            self._run_stages()
        except BrokerbenchError as error:
            if not self.stages:
                raise
            self.error = error.format_message()
        except KeyboardInterrupt:  # while a stage was booting
            if not self.stages:
                raise
            self.interrupted = True

    def _run_stages(self) -> None:
        leading = self._screen()
        self.winner = leading[0] if leading else None
        if self._goes_on:
            self.winner = self._combine(leading)
        if self.winner and self._goes_on:
            self.final = self._proven(self._ablate(self.winner), leading)
        if self.final and self._goes_on:
            self._confirm(self.final)

    @property
    def left_s(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self._until_s - self.clock_s())

    @property
    def _goes_on(self) -> bool:
        last = self.stages[-1]
        return last.result.status == "finished" and not last.failure(PRESENT)

    def _screen(self) -> list[Combination]:
        """Try each candidate alone, as many as there is time for; return what acts, the best first."""
        question = self.question
        self.untried = first_combinations(question.candidates)
        self._screen_some(SIDE_S)
        while self.untried and self._goes_on and self._screens_on():
            self._screen_some(self._side_s)
        return leaders(self.standings, [one for stage in self.screenings for one in stage.combinations], self._removes)

    def _screens_on(self) -> bool:
        return screens_on(self.left_s, self.question.budget_s, self._side_s, found=bool(self.standings))

    def _screen_some(self, side_s: float) -> None:
        """Try the next candidates alone, if each takes ``side_s`` a generation."""
        question, later = self.question, _STAGES[1:]
        room = first_round(stage_budget_s("screening", later, self.left_s), side_s)
        tried, self.untried = self.untried[:room], self.untried[room:]
        watch = Halving([one.label for one in tried], question.goal, question.margin)
        stage = self._run("screening", tried, watch, later)
        self.untried = [one for one in tried if watch.never_played(one.label)] + self.untried
        self.standings |= self._fit(stage, watch)

    @property
    def reasons(self) -> list[Diagnosis]:
        """Return why the figures to improve are what they are today, as the first stage that saw it did."""
        wanted = {part.name for part in self.question.goal.parts}
        each = (
            [one for one in stage.result.diagnoses if one.subject == PRESENT and one.metric in wanted]
            for stage in self.stages
        )
        return next((some for some in each if some), [])

    @property
    def cures(self) -> dict[str, float]:
        """Return the settings that act on a main reason of a present figure, each with the share that it explains."""
        main = [one for one in self.reasons if one.cure and one.share >= MAIN_SHARE]
        return {name: one.share for one in main if one.cure for name in one.cure.settings}

    def _removes(self, one: Combination) -> bool:
        """Return whether a combination removes most of a main reason: by the logarithm, half of what that takes."""
        shares = [min(share, _MOST_SHARE) for name, share in self.cures.items() if name in one.settings]
        gain = self.standings[one.label].gain if one.label in self.standings else 1.0
        return any(gain**2 >= 1 / (1 - share) for share in shares)

    @property
    def screenings(self) -> list[Stage]:
        """Return the stages in which candidates were tried alone."""
        return [stage for stage in self.stages if stage.record.name == "screening"]

    @property
    def _side_s(self) -> float:
        """Return how long a side took in a generation of the last stage."""
        last = self.stages[-1]
        return measured_side_s(last.record.duration_s, last.watch.turns)

    def _fit(self, stage: Stage, watch: Halving) -> dict[str, Standing]:
        """Return where those stand that are promising, did not fail, are not void and break no limit."""
        watch.end()
        goal, found = self.question.goal, dict[str, Standing]()
        for label in watch.left:
            if why := goal.breaks(stage.result, label):
                self.refused[label] = f"it does not keep {why}"
            elif why := goal.why_void(stage.result, [PRESENT, label]):
                self.void[label] = why
            elif label in watch.standings and not stage.failure(label):
                found[label] = watch.standings[label]
        return found

    def _combine(self, leading: Sequence[Combination]) -> Combination | None:
        """Try together what acts alone, over the best of it, and partners; return the simplest of what is better.

        Where the best removes the reason of the present figure, everything is tried on top of it. Returns the best that
        acts alone, or None, if nothing is better.
        """
        question, best = self.question, next(iter(leading), None)
        gain = self.standings[best.label].gain if best else 1.0
        if best and self._removes(best):
            combinations = on_top(best, leading[1:], self.untried, self._idle())
        else:
            combinations = combined(leading, gain, self.untried, self._idle(), question.partners)
        base = [best] if best else []
        while combinations and not self._has_room("combining", [*base, *combinations]):
            combinations.pop()
        if not combinations:
            return best
        labels = [one.label for one in combinations]
        watch = Halving(labels, question.goal, question.margin, base=best.label if best else PRESENT)
        found = self._fit(self._run("combining", [*base, *combinations], watch, _STAGES[2:]), watch)
        by_label = {one.label: one for one in combinations}
        self.over_best = found if best else {}
        return by_label[simplest(found, {label: len(by_label[label]) for label in found})] if found else best

    def _idle(self) -> list[Combination]:
        """Return what was screened, and did neither act, nor fail, nor break a limit."""
        gone = {*self.standings, *self.refused, *self.void}
        return [
            one
            for stage in self.screenings
            for one in stage.combinations
            if one.label not in gone and not stage.failure(one.label)
        ]

    def _has_room(self, stage: StageName, combinations: Sequence[Combination]) -> bool:
        """Return whether a stage of these beside the present settings leaves time for a confirmation."""
        return has_room(stage, len(combinations) + 1, self.left_s, self._side_s)

    def _ablate(self, whole: Combination) -> Combination:
        """Take out what does nothing; return what is left.

        Several settings that do nothing each may be each other's replacement. So if more than one could go, the one
        with the smallest loss goes, one that removes a reason of the present figure last, and the others are tried
        again while there is time. A single generation takes nothing out: it would be chance.
        """
        while len(whole) > 1:
            rest = {name: without(whole, name) for name in whole.settings}
            if not self._has_room("ablation", [whole, *rest.values()]):
                break
            labels = [one.label for one in rest.values()]
            watch = Halving(labels, self.question.goal, self.question.margin, base=whole.label, keeps_all=True)
            stage = self._run("ablation", [whole, *rest.values()], watch, _STAGES[3:])
            known = {name: watch.standings.get(one.label) for name, one in rest.items()}
            losses = {name: one.inverted() for name, one in known.items() if one and one.generations > 1}
            idle = [name for name in losses if not losses[name].is_certain(self.question.margin, len(whole))]
            goes = min(idle, key=lambda name: (name in self.cures, losses[name].log), default=None)
            self.ablated += [Ablated(name, whole, losses.get(name), name != goes) for name in rest]
            if goes is None or stage.result.status != "finished":
                return whole
            whole = rest[goes]
            if len(idle) == 1:
                return whole
        return whole

    @property
    def was_ablated(self) -> bool:
        """Return whether anything showed what a setting of the winner does in it."""
        return any(one.standing for one in self.ablated)

    def _proven(self, whole: Combination, leading: Sequence[Combination]) -> Combination:
        """Return the best that acts alone if the whole was not ablated, and is not certainly better than that."""
        over = self.over_best.get(whole.label)
        tried = sum(len(stage.combinations) for stage in self.stages if stage.record.name == "combining")
        if over is None or self.was_ablated or over.is_certain(self.question.margin, tried):
            return whole
        return leading[0]

    def _confirm(self, final: Combination) -> None:
        """Measure exactly these settings, and them without each one, on which nothing was chosen."""
        question = self.question
        others = [without(final, name) for name in final.settings if len(final) > 1]
        labels = [one.label for one in others]
        self.confirming = Confirming(final.label, question.goal, question.margin, self._seed(), labels)
        self._run("confirmation", [final, *others], self.confirming, ())
        self.confirming.end()

    def _run(
        self,
        name: StageName,
        combinations: Sequence[Combination],
        watch: Halving | Confirming,
        later: Sequence[StageName],
    ) -> Stage:
        question = self.question
        budget_s, began_s = stage_budget_s(name, later, self.left_s), self.clock_s()
        subjects = [question.make(question.subject, one.settings, one.label) for one in combinations]
        comparison = Comparison(
            subjects=[replace(question.subject, label=PRESENT), *subjects],
            workload=question.workload,
            metrics=question.goal.metrics,
            rates_per_s=question.goal.rates_per_s,
            budget_s=budget_s,
            seed=self._seed(),
            margin=question.margin,
            sides=True,
            drain_s=_DRAIN_S,
        )
        comparison.check()
        self.began(name, comparison)
        result = self.measure(comparison, watch.enough, watch.absent)
        record = StageRecord(
            name=name,
            seed=comparison.seed,
            budget_s=budget_s,
            duration_s=self.clock_s() - began_s,
            generations=watch.generations,
            sides=[subject.label for subject in comparison.subjects],
        )
        stage = Stage(record, result, combinations, watch)
        self.stages.append(stage)
        return stage

    def _seed(self) -> int:
        """Return the seed of the next stage: no two stages share one."""
        return (self.question.seed + len(self.stages)) % (MOST_SEED + 1)
