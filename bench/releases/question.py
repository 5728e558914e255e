"""Measures the releases of a package on one subject, all in one run."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from packaging.utils import canonicalize_name

from bench.ab.reasons import short_reason
from bench.ab.spec import Spec, read_spec
from bench.ab.virtualenvs import Interpreter, Release, Wanted
from bench.compare.request import Comparison
from bench.compare.run import Enough
from bench.figures.tally import Tally
from bench.metrics.registry import side_metrics
from bench.processes.errors import WrongApp
from bench.processes.subject import Chosen, Origin, Subject, label_subjects
from bench.processes.trial import try_app
from bench.records.releases import Releases
from bench.records.result import Result
from bench.records.workload import Workload
from bench.releases.environments import Held, held_environments
from bench.releases.judging import Found, judged
from bench.text.cleaning import first_line
from brokers.errors import UsageError
from brokers.protocol import Broker, Profile
from brokers.registry import find_profile
from brokers.server import named_program
from brokers.workspace import open_workspace

__all__ = ["Made", "ReleasesQuestion", "ask_releases", "make_releases", "needed_s", "release_metrics"]

_BOOT_S = 15.0
_START_S, _TURN_S = 2.0, 0.6  # of one release, each time that it has fresh processes; a turn of each metric
_TURNS = 2  # a warm-up and one that counts
_MEMORY_EACH_BYTES = 200 << 20  # a release's processes
_LEAST_GENERATIONS, _USUAL_GENERATIONS = 3, 6  # three show a change of three times, six one of a tenth


def release_metrics() -> list[str]:
    """Return the metrics in which releases can be compared: those with one figure a turn."""
    return [name for name, side in side_metrics().items() if side.counted is None and side.logs is None]


def needed_s(generations: int, releases: int, metrics: int = 1) -> float:
    """Return about how long that many releases need for that many sets of fresh processes."""
    each_s = _START_S + metrics * _TURNS * _TURN_S
    return _BOOT_S + generations * releases * each_s


@dataclass(frozen=True, kw_only=True)
class ReleasesQuestion:
    """Which releases to measure, on what, and for how long; without ``budget_s``, for as long as they need."""

    chosen: tuple[Broker, Profile] | Chosen
    package: str
    releases: Sequence[Release]
    interpreter: Interpreter
    also: str
    workload: Workload
    metric: str
    margin: float
    seed: int
    pre: bool = False
    budget_s: float | None = None

    @property
    def time_s(self) -> float:
        """Return the budget: the user's, or what the releases need, in whole minutes."""
        return self.budget_s or 60 * math.ceil(self._needed_s(_USUAL_GENERATIONS) / 60)

    def check(self) -> None:
        """Raise UsageError if the releases cannot be measured in the time, or do not fit into memory."""
        self.spec(self.releases[0].version)
        count = len(self.releases)
        if self.workload.sweep:
            raise UsageError(f"the workload {self.workload.name!r} is a sweep; releases are compared at one point")
        label_subjects([self.chosen], self.workload)  # refuse a distance before an environment is made
        if self.time_s < (least_s := self._needed_s(_LEAST_GENERATIONS)):
            minutes = math.ceil(least_s / 60)
            raise UsageError(
                f"{count} releases need about {minutes} min, each with three sets of fresh processes: use --budget "
                f"{minutes}m, or fewer releases (--from, --to)"
            )
        needed, free = count * _MEMORY_EACH_BYTES, psutil.virtual_memory().available
        if needed > free:
            raise UsageError(
                f"{count} releases need about {needed / 2**30:.1f} GiB of memory, and {free / 2**30:.1f} GiB are free: "
                "use fewer releases (--from, --to)"
            )

    def _needed_s(self, generations: int) -> float:
        return needed_s(generations, len(self.releases), len(side_metrics()[self.metric].measured))

    def spec(self, release: str) -> Spec:
        """Return what is measured for a release: the package, and what goes along with it."""
        name = canonicalize_name(self.package)
        also = read_spec(self.also, "--also")
        if also.rtt:
            raise UsageError("--also takes no rtt=: use --rtt, or SUBJECT@TIME")
        if also.ref or also.python:
            raise UsageError("--also takes no ref= and no python=: use --app-dir and --python")
        if any(canonicalize_name(requirement.name) == name for requirement in also.requirements):
            raise UsageError(f"--also names {name}, whose releases are measured: leave it out")
        return read_spec(f"{self.package}=={release} {self.also}", "--also")


@dataclass(frozen=True)
class Made:
    """The subjects that could be made, the environments behind them, and why the others could not be made."""

    subjects: Sequence[Subject]
    held: Held
    refused: Mapping[str, str]


def make_releases(
    question: ReleasesQuestion, tell: Callable[[str], None] = lambda _: None, *, traceback: bool = False
) -> Made:
    """Make an environment for each release, or take it from the cache. ``tell`` receives a line about each slow step.

    A user's app is tried in each, with the newest release first: it must work there, and a release with which it does
    not is left out. With ``traceback``, errors contain the end of its log. Raises WrongApp if it does not work with the
    newest release, and UsageError when fewer than two can be made, or when they cannot be measured in the time or the
    memory.
    """
    question.check()
    held = _held(question, tell)
    refused = {release: f"cannot be installed: {why}" for release, why in held.refused.items()}
    subjects: list[Subject] = []
    with open_workspace() as workspace:
        for number, (release, lock) in enumerate(reversed(list(held.locks.items())), start=1):
            tell(f"building the environment of {question.package} {release} ({number} of {len(held.locks)})")
            try:
                subject = _subject(question, release, lock.build(), traceback=traceback)
                try_app([subject], question.workload, workspace)
            except UsageError as error:
                refused[release] = f"cannot be installed: {short_reason(error)}"
            except WrongApp as error:
                if not subjects:
                    raise WrongApp(f"with {question.package} {release}: {error.format_message()}", [release]) from error
                refused[release] = error.format_message()
            else:
                subjects.insert(0, subject)
    if len(subjects) < 2:  # noqa: PLR2004 - a pair
        reasons = "; ".join(f"{release} {first_line(why)}" for release, why in refused.items())
        raise UsageError(f"fewer than two releases can be measured: use others with --from and --to ({reasons})")
    built = {subject.label: held.locks[subject.label] for subject in subjects}
    return Made(subjects, Held(built, refused), refused)


def ask_releases(question: ReleasesQuestion, made: Made, measure: Callable[[Comparison, Enough], Result]) -> Releases:
    """Measure all releases in one run, and return what was found; the row of one that failed has the reason.

    ``measure`` receives the comparison and ``enough``, as ``bench.compare.run.compare`` takes it. Raises
    BrokerUnavailable when none can be measured.
    """
    comparison = Comparison(
        subjects=list(made.subjects),
        workload=question.workload,
        metrics=list(side_metrics()[question.metric].measured),
        budget_s=question.time_s,
        seed=question.seed,
        margin=question.margin,
        sides=True,
    )
    comparison.check()
    latest = [Tally()]

    def watch(tally: Tally, _: int, __: int) -> bool:
        latest[0] = tally
        return False

    result = measure(comparison, watch)
    found = Found(
        package=question.package,
        metric=question.metric,
        also=read_spec(question.also, "--also").shown if question.also else "",
        releases=question.releases,
        result=result,
        tally=latest[0],
        locks=made.held.locks,
        unlike=made.held.unlike(question.package),
        refused=made.refused,
    )
    return judged(found)


def _held(question: ReleasesQuestion, tell: Callable[[str], None]) -> Held:
    broker = question.chosen[0]
    kind: Any = Wanted.over_users if question.workload.is_users else Wanted
    wanted: Mapping[str, Wanted] = {
        one.version: kind(question.spec(one.version).requirements, question.interpreter, broker.requirements)
        for one in question.releases
    }
    return held_environments(question.package, wanted, pre=question.pre, tell=tell)


def _subject(question: ReleasesQuestion, release: str, interpreter: str, *, traceback: bool) -> Subject:
    broker, profile, _ = Chosen(*question.chosen)
    spec = question.spec(release)
    return Subject(
        label=release,
        broker=broker,
        profile=find_profile(broker, spec.profile) if spec.profile else profile,
        interpreter=interpreter,
        settings=spec.settings,
        server=named_program(broker, spec.server).target if spec.server else None,
        spec=spec.shown,
        rtt_ns=label_subjects([question.chosen], question.workload)[0].rtt_ns,
        origin=Origin(packages=tuple(requirement.name for requirement in spec.requirements)),
        watched=question.package,
        traceback=traceback,
    )
