"""A tuning: which settings make one subject best for one task, how they were found, and what confirmed them.

Version 1: first.

A gain is how many times better something is than what it is compared with: above 1 is better, for times and rates
alike. Settings have the dotted names of a SPEC of ``ab``. What the search measured (``tried``, ``found``, ``ablated``)
is how the settings were chosen, and flatters them; ``confirmed`` and the contributions of ``lines`` come from a run of
their own, on which nothing was chosen.
"""

import os.path
import sys
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import model_validator

from bench.records.bounds import Count, Few, Name, Number, PositiveNumber, Rows, Seconds, Seed
from bench.records.diagnoses import Diagnosis
from bench.records.figures import Estimate
from bench.records.gain import Gain
from bench.records.provenance import SubjectRecord, refuse_twice
from bench.records.run import RunRecord, schema_of
from bench.records.strict import Record, checked_json
from brokers.tunable import Goal

__all__ = [
    "TUNE_FILE",
    "TUNE_FRAGMENT_FILE",
    "TUNE_HTML_FILE",
    "TUNE_MARKDOWN_FILE",
    "AblationLine",
    "Curve",
    "CurvePoint",
    "Fate",
    "GoalFigure",
    "GoalLimit",
    "GoalName",
    "GoalPart",
    "GoalRecord",
    "LeftOut",
    "LimitCheck",
    "LimitFigure",
    "LimitVerdict",
    "PromiseRecord",
    "Setting",
    "StageName",
    "StageRecord",
    "Tried",
    "TuneLine",
    "TuneOutcome",
    "TuneRecord",
    "read_tune",
    "schema",
]

TUNE_FILE = "tune.json"
TUNE_MARKDOWN_FILE, TUNE_HTML_FILE, TUNE_FRAGMENT_FILE = "tune.md", "tune.html", "celeryconfig.py"
"""The reports beside it."""

GoalName = Goal
LimitFigure = Literal["median", "p95", "p99", "p999"]
Fate = Literal["kept", "dropped", "failed", "not measured"]
LimitVerdict = Literal["kept", "broken", "unclear", "not measured"]
StageName = Literal["screening", "combining", "ablation", "confirmation"]
"""``screening``: each candidate alone. ``combining``: those that act, together, and their other values.
``ablation``: the winner without each of its settings. ``confirmation``: the smallest difference that is left."""
TuneOutcome = Literal["helps", "nothing helps", "unclear", "breaks a limit", "not measured"]
"""``helps``: the confirmation found a gain of certainly more than the margin. ``nothing helps``: the search found
nothing that gains, or the confirmation found no more than the margin. ``unclear``: a gain may be there, and was not
certain in the time. ``breaks a limit``: it gains, and certainly exceeds what must not be exceeded."""


class Setting(Record):
    """A setting and its value. ``before`` is the value that it has now, if that is known."""

    name: Name
    value: Any = None
    before: Any = None


class GoalPart(Record):
    """One of the figures to improve, with its weight among them; of a latency, at which rate."""

    name: GoalName
    weight: PositiveNumber = 1.0
    rate_per_s: PositiveNumber | None = None


class GoalLimit(Record):
    """A figure that must not exceed ``most`` nanoseconds, whatever else improves."""

    name: Literal["enqueue", "latency"]
    figure: LimitFigure
    most: PositiveNumber
    rate_per_s: PositiveNumber | None = None
    text: str
    """As its user wrote it."""


class GoalRecord(Record):
    """What to improve: the weighted geometric mean of the gains in its parts, within its limits."""

    parts: Few[GoalPart]
    limits: Few[GoalLimit] = []


class LeftOut(Record):
    """A candidate that was not tried, and why; a ``whole`` setting, if none of its values was."""

    settings: Few[Setting]
    why: str
    whole: bool = False


class StageRecord(Record):
    """A run of the search: its own processes, and its own seed."""

    name: StageName
    seed: Seed
    budget_s: Seconds
    duration_s: Seconds = 0.0
    generations: Count = 0
    sides: Few[Name] = []
    """Who took part, the present settings first."""


class Tried(Record):
    """Settings that a stage measured together, beside the present ones.

    ``gain`` is over the present settings in the same run. It is what chose them, so the best of many looks better than
    it is.
    """

    label: Name
    stage: StageName
    settings: Few[Setting]
    gain: Gain | None = None
    generations: Count = 0
    """How many sets of fresh processes it had, until it was dropped or the stage ended."""
    fate: Fate
    why: str = ""


class CurvePoint(Record):
    """What one value of a setting gains over the present value, with all other settings as they are."""

    value: Any = None
    gain: Gain | None = None
    present: bool = False
    """Whether it is the value that the setting has now: its gain is 1."""


class Curve(Record):
    """The values of one setting that were measured, in the order in which they stand."""

    setting: Name
    points: Few[CurvePoint]


class AblationLine(Record):
    """The winner without one of its settings. ``loss`` is how many times better the winner is with it."""

    setting: Setting
    loss: Gain | None = None
    kept: bool
    why: str


class TuneLine(Record):
    """One setting of the smallest difference.

    ``contribution`` is how many times better all settings together are than all others without this one, from the run
    that confirmed them. Contributions do not multiply to the whole where settings act together.
    """

    setting: Setting
    does: str = ""
    costs: str = ""
    contribution: Gain | None = None


class GoalFigure(Record):
    """A figure with the present settings and with the new ones, from the confirmation.

    In tasks a second for ``throughput``, in dollars per million tasks for ``dollars``, otherwise in nanoseconds.
    """

    name: GoalName
    figure: Name
    present: Estimate | None = None
    tuned: Estimate | None = None


class LimitCheck(Record):
    """Whether the new settings keep a limit, from the confirmation: ``unclear`` if that is not certain."""

    limit: GoalLimit
    present: Estimate | None = None
    tuned: Estimate | None = None
    verdict: LimitVerdict


class PromiseRecord(Record):
    """A guarantee that the settings can change, as played with the present settings and with the new ones.

    ``traded`` if the new settings lose, repeat or stop where the present ones do not.
    """

    fault: Name
    verdict: Literal["kept", "traded", "better", "unclear", "not played"]
    before: str = ""
    """What was found with the present settings, in words."""
    after: str = ""
    why: str = ""
    """Why it was not played, or is not certain."""


class TuneRecord(RunRecord):
    """What was looked for, everything that was tried, and what is left: the settings, and what they gain.

    Differences of up to ``margin`` are no gain. ``seed`` is the first stage's.
    """

    version: Literal[1] = 1
    kind: Literal["tune"] = "tune"
    subject: SubjectRecord
    """With the present settings."""
    goal: GoalRecord
    keep: Literal["durable", "fast"] = "durable"
    """Whether promises of the ``durable`` tier may be given up: not if they are to be kept."""
    reasons: Few[Diagnosis] = []
    """Why the present figures are what they are, from the first stage that saw a reason; the main ones first."""
    outcome: TuneOutcome
    why: str = ""
    """Why nothing helps, is unclear or was not measured, in a sentence."""
    detectable: Number | None = None
    """The relative gain that would have shown in 80 of 100 such screenings, whichever setting had it."""
    held: Few[Setting] = []
    """What the user fixed: it is part of the present settings, too."""
    left_out: Rows[LeftOut] = []
    stages: Few[StageRecord] = []
    tried: Rows[Tried] = []
    curves: Few[Curve] = []
    found: Tried | None = None
    """The best of the search, before what does nothing was taken out."""
    ablated: Few[AblationLine] = []
    lines: Few[TuneLine] = []
    """The smallest difference, which is what was confirmed; empty if nothing helps."""
    searched: Gain | None = None
    """What the search found for exactly these settings, or for the nearest that it measured."""
    tested: Few[Setting] = []
    """The settings that the confirmation measured: those of ``lines``, if they help."""
    confirmed: Gain | None = None
    """What a run of its own, with other processes and another seed, found for exactly these settings."""
    figures: Few[GoalFigure] = []
    limits: Few[LimitCheck] = []
    promises: Few[PromiseRecord] = []
    fragment: str = ""
    """Lines of Python for ``celeryconfig.py``."""
    server_lines: str = ""
    """Lines for the server's own configuration, if settings are the server's."""
    server_file: Name = ""
    """The file that these are for, such as ``redis.conf``."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        refuse_twice(line.setting.name for line in self.lines)
        refuse_twice(curve.setting for curve in self.curves)
        if self.outcome == "helps" and not (self.lines and self.confirmed):
            raise ValueError("an outcome 'helps' needs lines, and the gain that confirmed them")
        return self


def read_tune(path: Path) -> TuneRecord:
    """Read a tuning from its file or the folder that contains it. Raises UsageError if it is not one."""
    path = path / TUNE_FILE if os.path.isdir(path) else path
    return checked_json(TuneRecord, path, "a tuning", "use a file or folder that 'tune' wrote")


def schema() -> str:
    """Return the JSON schema of the written document, in the form in which it ships."""
    return schema_of(TuneRecord, "A tuning by Brokerbench")


if __name__ == "__main__":  # python -m bench.records.tune > bench/records/tune.schema.json
    sys.stdout.write(schema())
