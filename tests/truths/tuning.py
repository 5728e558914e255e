"""What `tune` finds where the truth is known, by simulation: ``python tests/truths/tuning.py [--runs 200]``.

The engine that measures is the real one, by a clock that its subjects move on. Each set of fresh processes has luck of
its own (a standard deviation of the ratio's logarithm, as in the other simulations), each turn scatters, and all turns
of a block share a drift. Ten settings are tried: one useful and nine useless, none useful, or two that act together.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from unittest.mock import patch

import click
import numpy as np
from scipy import stats

from bench.compare.request import Comparison
from bench.compare.run import Absent, Enough
from bench.engine.observer import Silent
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.engine.stage import Stage
from bench.figures.rows import summarize
from bench.figures.tally import Tally
from bench.processes.environment import read_environment
from bench.processes.platform import plan_cores
from bench.processes.subject import Subject
from bench.records.provenance import Environment
from bench.records.result import Result
from bench.records.tune import TuneRecord
from bench.records.workload import Workload
from bench.stats.intervals import CONFIDENCE
from bench.tune.goal import read_goal
from bench.tune.outcome import tuned
from bench.tune.search import TuneQuestion
from bench.tune.watch import Confirming
from brokers.registry import split_subject

__all__ = ["TRUTHS", "Clock", "Simulation", "Truth", "question_of", "simulated", "ticking"]

_CALLS = 5
_CALL_NS = 400_000
_SCATTER, _DRIFT = 0.03, 0.2
_START_S, _TURN_S = 2.0, 0.6
_LUCKS = (0.0, 0.02, 0.04)
Gain = Callable[[Mapping[str, Any]], float]


@dataclass(frozen=True)
class Truth:
    """What settings gain, how many times, and the names of those that should be found, of ``s0`` to ``s9``."""

    gain: Gain
    useful: frozenset[str] = frozenset()
    partners: tuple[tuple[str, str], ...] = ()


def _one(times: float, settings: Mapping[str, Any]) -> float:
    return times if "s3" in settings else 1.0


def _together(settings: Mapping[str, Any]) -> float:
    """Return 2 for both, and little for each alone."""
    return {0: 1.0, 1: 1.15, 2: 2.0}[len({"s3", "s7"} & settings.keys())]


def _partners(settings: Mapping[str, Any]) -> float:
    return 1.5 if {"s3", "s7"} <= settings.keys() else 1.0


def _behind(settings: Mapping[str, Any]) -> float:
    """Return 10 for the one, after which the other gains 1.4 times; before, it gains nothing."""
    return (10.0 if "s3" in settings else 1.0) * (1.4 if {"s3", "s7"} <= settings.keys() else 1.0)


def _replaceable(settings: Mapping[str, Any]) -> float:
    """Return 1.5 for either of two, and no more for both."""
    return 1.5 if {"s3", "s7"} & settings.keys() else 1.0


_BOTH = frozenset({"s3", "s7"})
TRUTHS: Mapping[str, Truth] = {
    "one, 40x": Truth(partial(_one, 40.0), frozenset({"s3"})),
    "one, 1.5x": Truth(partial(_one, 1.5), frozenset({"s3"})),
    "one, 1.1x": Truth(partial(_one, 1.1), frozenset({"s3"})),
    "none": Truth(partial(_one, 1.0)),
    "one, 1.02x": Truth(partial(_one, 1.02)),
    "two together": Truth(_together, _BOTH),
    "partners": Truth(_partners, _BOTH, (("s3", "s7"),)),
    "one behind another": Truth(_behind, _BOTH),
    "either of two": Truth(_replaceable),
}


@dataclass
class Clock:
    """Stands in for the module ``time``: moves on when somebody sleeps or works, and never by itself."""

    now_s: float = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass
class _Drawn:
    """A subject whose calls take what is drawn; it stands in for its processes."""

    label: str
    log: float
    luck: float
    drift: Callable[[], float]
    rng: np.random.Generator
    clock: Clock
    layer: str = "celery"
    workload: Workload = field(default_factory=lambda: Workload(name="own"))
    own: float = 0.0
    message_bytes: None = None

    def use(self, workload: Workload) -> None:
        self.workload = workload

    def measures(self, metric: str) -> bool:
        return metric == "enqueue"

    def relayed(self) -> None:
        """Return None: it is at no distance."""

    def begin_effort(self, metric: str) -> None:
        """Do nothing: it takes nothing of the machine."""

    def effort(self) -> None:
        """Return None: it takes nothing of the machine."""

    def start(self) -> None:
        self.own = self.rng.normal(0, self.luck / math.sqrt(2))

    def wait_until_ready(self) -> None:
        self.clock.sleep(_START_S)

    def end(self) -> None:
        """Do nothing: it has no processes."""

    def call(self, command: str, calls: int) -> list[int]:
        self.clock.sleep(_TURN_S)
        log = self.drift() + self.own + self.rng.normal(0, _SCATTER / math.sqrt(2)) - self.log
        return [round(_CALL_NS * math.exp(log))] * calls


@dataclass
class Simulation:
    """Measures as the engine does, subjects whose truth is known."""

    truth: Truth
    luck: float
    seed: int
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def measure(self, comparison: Comparison, enough: Enough, absent: Absent) -> Result:
        """Measure a comparison, as ``bench.compare.run.compare`` does."""
        began_s, tally, stage = self.clock.monotonic(), Tally(), self._stage(comparison)
        stage.keep = tally.add
        runner = Runner(
            stage=stage,
            plan=comparison.plan(),
            subjects=list(stage.running),
            ceilings=[],
            metered=[],
            drain_s=0.5,
            enough=lambda done, planned: done > 0 and enough(tally, done, planned),
            absent=absent,
        )
        runner.start()
        runner.run()
        subjects = [subject.record() for subject in comparison.subjects]
        confirms = isinstance(getattr(enough, "__self__", None), Confirming)  # others need no figures of their own
        return Result(
            status="finished",
            started_at=datetime(2026, 3, 1, tzinfo=UTC),
            duration_s=self.clock.monotonic() - began_s,
            budget_s=comparison.budget_s,
            seed=comparison.seed,
            margin=comparison.margin,
            metrics=comparison.metrics,
            workload=comparison.workload,
            environment=_environment(),
            subjects=subjects,
            summary=summarize(subjects, tally, comparison.seed, comparison.margin, sides=True) if confirms else [],
        )

    def _stage(self, comparison: Comparison) -> Stage:
        drifts: dict[int, float] = {}
        running: dict[Any, Any] = {}

        def drift() -> float:
            return drifts.setdefault(stage._number, self.rng.normal(0, _DRIFT))

        for subject in comparison.subjects:
            log = math.log(self.truth.gain(subject.settings))
            running[subject.label, "celery"] = _Drawn(subject.label, log, self.luck, drift, self.rng, self.clock)
        schedule = Schedule.within(comparison.budget_s, self.clock.monotonic(), comparison.seed)
        schedule.clock_s = self.clock.monotonic
        stage = Stage(running, schedule, Silent(), lambda _: None, self.clock.monotonic(), sides=True)
        return stage


@cache
def _environment() -> Environment:
    return read_environment(plan_cores())


@contextmanager
def ticking(clock: Clock) -> Iterator[None]:
    """Let the engine go by that clock."""
    with ExitStack() as ends:
        for module in ("runner", "search", "stage"):
            ends.enter_context(patch(f"bench.engine.{module}.time", clock))
        yield


def question_of(truth: Truth, seed: int, budget_s: float = 300.0) -> TuneQuestion:
    """Ask which of the settings ``s0`` to ``s9`` help a made-up subject."""
    broker, profile = split_subject("memory")
    return TuneQuestion(
        subject=Subject(label="memory", broker=broker, profile=profile),
        workload=Workload(name="own", calls=_CALLS, warmup_calls=0),
        goal=read_goal("enqueue"),
        candidates=[(f"s{number}", True) for number in range(10)],
        partners=truth.partners,
        make=lambda subject, settings, label: replace(subject, label=label, settings=settings),
        before=lambda name: False,
        margin=0.02,
        budget_s=budget_s,
        seed=seed,
    )


def simulated(truth: Truth, luck: float, seed: int, budget_s: float = 300.0) -> TuneRecord:
    """Tune a made-up subject, and return what was found."""
    simulation = Simulation(truth, luck, seed)
    with ticking(simulation.clock):
        return tuned(question_of(truth, seed, budget_s), simulation.measure, simulation.clock.monotonic)


@dataclass(frozen=True)
class _Found:
    answer: str
    covered: bool | None
    wrong: bool
    spent_s: float


def _run(name: str, luck: float, budget_s: float, seed: int) -> _Found:
    truth = TRUTHS[name]
    record = simulated(truth, luck, seed, budget_s)
    names = {line.setting.name for line in record.lines}
    answer = " ".join(sorted(names)) if record.outcome == "helps" else record.outcome
    real = truth.gain(dict.fromkeys(names, True))
    confirmed = record.confirmed
    covered = None
    if confirmed and confirmed.low and confirmed.high:
        covered = confirmed.low <= real <= confirmed.high
    wrong = record.outcome == "helps" and real <= 1 + record.margin
    return _Found(answer, covered, wrong, record.duration_s)


@click.command
@click.option("--runs", default=200, show_default=True, type=click.IntRange(1))
@click.option("--budget", "budget_s", default=300.0, show_default=True, help="in seconds")
@click.option("--seed", default=1, show_default=True)
@click.option("--only", default="", help="a part of a truth's name")
@click.option("--luck", "lucks", multiple=True, type=float, default=_LUCKS, show_default=True)
def main(runs: int, budget_s: float, seed: int, only: str, lucks: tuple[float, ...]) -> None:
    """Print a line for each truth and luck: the answers, wrong sentences, and how often intervals hold the truth."""
    began_s = time.monotonic()
    with ProcessPoolExecutor() as pool:
        for name in (name for name in TRUTHS if only in name):
            for luck in lucks:
                run = partial(_run, name, luck, budget_s)
                _tell(name, luck, list(pool.map(run, range(seed, seed + runs), chunksize=5)))
    click.echo(f"{time.monotonic() - began_s:.0f} s")


def _tell(name: str, luck: float, found: list[_Found]) -> None:
    answers = Counter(one.answer for one in found)
    said = ", ".join(f"{answer} {times / len(found):.1%}" for answer, times in answers.most_common(5))
    known = [one.covered for one in found if one.covered is not None]
    wrong = sum(one.wrong for one in found)
    bound = stats.binomtest(wrong, len(found)).proportion_ci(CONFIDENCE).high
    held = f"{sum(known) / len(known):.1%} of {len(known)}" if known else "none of 0"
    spent_s = float(np.median([one.spent_s for one in found]))
    click.echo(
        f"{name}, luck {luck:.0%}: {said}; wrong {wrong / len(found):.1%} (at most {bound:.1%}); "
        f"intervals hold the truth in {held}; {spent_s:.0f} s in the median"
    )


if __name__ == "__main__":
    main()
