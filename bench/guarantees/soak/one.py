"""One subject's soak: calibration, course, ledger and judgement."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bench.guarantees.cell import refusal
from bench.guarantees.fault import Fault
from bench.guarantees.soak.calibration import Calibration, calibrate
from bench.guarantees.soak.course import Course
from bench.guarantees.soak.crew import Crew, late_subject
from bench.guarantees.soak.gauge import ServerGauge
from bench.guarantees.soak.judging import drifts_in, fell_behind, outcome_of
from bench.guarantees.soak.length import SoakLength
from bench.guarantees.visibility import redelivery_wait
from bench.processes.launcher import Launcher
from bench.processes.others import others_beside
from bench.processes.platform import CorePlan
from bench.processes.subject import Subject
from bench.records.soak import SoakRun
from brokers.errors import BrokerbenchError
from brokers.outside import safe_values
from brokers.protocol import Server

__all__ = ["OneSoak"]

_SLACK_S = 4.0
_SOAK = Fault(
    name="soak", group="worker", title="Tasks come steadily for long", about="", run=lambda _: None, breaks="nothing"
)
_RECONNECTS = replace(_SOAK, name="a reconnect", breaks="relay")
_NO_RELAY = "the connection to its server is encrypted or not a socket, so no relay can reset it"


@dataclass
class OneSoak:
    """Runs one subject. ``launcher`` returns what starts a subject's processes; ``told`` hears what it does.

    ``record`` is right at any moment, also after an interrupt.
    """

    subject: Subject
    server: Server
    launcher: Callable[[Subject, Server], Launcher]
    length: SoakLength
    told: Callable[[str], None]
    facts: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    _late: Subject = field(init=False)
    _calibration: Calibration | None = None
    _crew: Crew | None = None
    _course: Course | None = None
    _is_settled: bool = False

    def __post_init__(self) -> None:
        self._late = late_subject(self.subject)
        self.refused = refusal(_SOAK, self.subject, self.server)

    def run(self) -> None:
        """Run it to its end, unless it is refused. What fails on the way ends it, and the record has the reason."""
        if self.refused:
            return
        try:
            self._calibrate()
            self._soak()
        except BrokerbenchError as error:
            self.why = error.format_message()

    def _calibrate(self) -> None:
        self.told(f"{self.subject.label}: looking for the highest rate that it sustains")
        self._calibration = calibrate(self.launcher(self._late, self.server))

    def _soak(self) -> None:
        rate_per_s = self._calibration.rate_per_s if self._calibration else 0.0
        broker = self.subject.broker
        with Crew(self.launcher(self._late, self.server)) as crew:
            self._crew, self.facts = crew, crew.facts
            gauge = ServerGauge(broker, self.server.url)
            others = others_beside([self.server], CorePlan())
            course = self._course = Course(crew, gauge, self.length, rate_per_s, self._tell_progress, others)
            course.run()
            self.told(f"{self.subject.label}: waiting for the last tasks")
            if course.why_stopped:
                self.why = course.why_stopped
                crew.replace_worker()
            crew.settle(redelivery_wait(self._late).within_s + broker.longest_poll_s + _SLACK_S)
            self._is_settled = True
            gauge.leave()

    def _tell_progress(self, sent: int, of: int) -> None:
        self.told(f"{self.subject.label}: {sent:,} of {of:,} tasks sent")

    def record(self) -> SoakRun:
        """Return what was found so far."""
        if self.refused or self._crew is None or self._course is None:
            return SoakRun(subject=self.subject.label, outcome="not run", why=self.refused or self.why or "interrupted")
        tally, course, found = self._crew.tally, self._course, self._calibration
        still_open = tally.open
        run = SoakRun(
            subject=self.subject.label,
            outcome="steady",
            why=self.why,
            capacity_per_s=found.capacity_per_s if found else None,
            rate_per_s=course.rate_per_s,
            duration_s=course.duration_s,
            accepted=tally.accepted,
            refused=self._crew.refused,
            finished=tally.finished,
            lost=still_open if self._is_settled else 0,
            unfinished=0 if self._is_settled else still_open,
            duplicated=tally.duplicated,
            uninvited=tally.uninvited if self._is_settled else 0,
            reconnects=self._crew.reconnects,
            why_no_reconnects="" if self._crew.can_reconnect else self._why_no_reconnects(),
            fell_behind=fell_behind(course.readings),
            settings=safe_values(dict(self._late.settings)),
            readings=course.readings,
            drifts=drifts_in(course.readings),
        )
        return run.model_copy(
            update={"outcome": outcome_of(run, self.subject.profile.tier, stopped=bool(course.why_stopped))}
        )

    def _why_no_reconnects(self) -> str:
        return refusal(_RECONNECTS, self.subject, self.server) or _NO_RELAY
