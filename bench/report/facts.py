"""Tables of how a result was made: subjects, servers, versions, settings, the machine and the workload."""

from collections.abc import Mapping
from typing import Any, Protocol

from bench.records.figures import Estimate
from bench.records.provenance import Environment, SubjectRecord
from bench.records.result import Result
from bench.records.selfcheck import SelfCheckRow
from bench.report.sections import subject_name
from bench.report.ways import distance_words
from bench.report.wording import settling_words
from bench.text.cleaning import clean, clean_value
from bench.text.numbers import MISSING, detectable, percent, size, time_left
from bench.text.table import Table

__all__ = [
    "Recorded",
    "library_table",
    "machine_table",
    "run_table",
    "same_libraries",
    "selfcheck_open",
    "selfcheck_row",
    "selfcheck_table",
    "server_row",
    "setting_table",
    "subject_table",
]

_ALWAYS_DIFFER = {"broker_read_url", "broker_url", "broker_write_url", "task_default_queue"}


class Recorded(Protocol):
    """A result, or another record of subjects on a machine."""

    @property
    def environment(self) -> Environment:
        """Return the machine and the harness."""

    @property
    def subjects(self) -> list[SubjectRecord]:
        """Return the subjects in the order the user named them."""


def subject_table(result: Result) -> Table:
    """Return each subject's server and its counts of tasks; for two sides, also their specs."""
    head = ["subject", "tier", "server", "whose", "timed calls", "tasks sent", "finished", "ran twice"]
    rows = [_subject_row(subject) for subject in result.subjects]
    if any(subject.spec for subject in result.subjects):
        head.append("spec")
        rows = [[*row, clean(subject.spec)] for row, subject in zip(rows, result.subjects, strict=True)]
    return Table(head, rows)


def library_table(result: Recorded) -> Table:
    """Return the interpreters and libraries whose versions differ between subjects."""
    return _differing(result, {subject.label: _libraries(subject) for subject in result.subjects})


def same_libraries(result: Recorded) -> str:
    """Return the interpreter and the libraries whose versions are the same for all subjects, in one line."""
    known = [libraries for subject in result.subjects if (libraries := _libraries(subject))]
    common = set.intersection(*(set(libraries.items()) for libraries in known)) if known else set()
    return ", ".join(f"{name} {version}" for name, version in sorted(common))


def setting_table(result: Result) -> Table:
    """Return the settings of Celery and the servers that differ between subjects, without the queues' names."""
    return _differing(result, {subject.label: _settings(subject) for subject in result.subjects})


def machine_table(result: Recorded) -> Table:
    """Return the machine that measured it."""
    machine = result.environment
    rows = {
        "processor": clean(machine.cpu_model),
        "cores": f"{machine.cores}, {machine.cores_allowed} of them allowed",
        "CPU quota": _quota(machine),
        "subjects run on": _cores(machine.subject_cores),
        "private servers and the harness run on": _cores(machine.server_cores),
        "memory": size(machine.memory_bytes),
        "system": clean(f"{machine.system} {machine.kernel}"),
        "Python of the harness": clean(machine.python),
        "brokerbench": clean(machine.brokerbench),
        "git commit": clean(machine.git_commit or MISSING),
        **_others(machine),
    }
    return Table(["machine", ""], [list(row) for row in rows.items()])


def run_table(result: Result) -> Table:
    """Return what was requested and what was run."""
    workload = result.workload
    payload = size(workload.payload_bytes) if workload.payload_bytes else "only the task's arguments"
    rows = {
        "started": f"{result.started_at:%Y-%m-%d %H:%M:%S %Z}".strip(),
        "took": f"{time_left(result.duration_s)} of {time_left(result.budget_s)} allowed",
        "workload": clean(f"{workload.name}: {workload.summary}" if workload.summary else workload.name),
        "task": clean(f"{workload.task} of {workload.app}"),
        "payload": payload,
        "pool": f"{workload.pool}, concurrency {workload.concurrency}",
        **({} if workload.distance.is_zero else {"distance": distance_words(workload.distance)}),
        "workload's settings": clean_value("", workload.settings),
        "margin of equality": percent(result.margin),
        "seed of the order": str(result.seed),
    }
    return Table(["run", ""], [list(row) for row in rows.items()])


def selfcheck_table(result: Result) -> Table:
    """Return what comparing a subject with itself found on this machine; empty if the result has no self-check."""
    check = result.selfcheck
    head = ["A/A", "time a run", "runs", "bias", "spread of the ratio", "false alarms", "could see", "inconclusive"]
    if check is None:
        return Table(head)
    name = f"{clean(check.subject.label)}, {clean(check.workload.name)}"
    return Table(head, [[f"{name}: {row.metric}", *selfcheck_row(row), selfcheck_open(row)] for row in check.rows])


def selfcheck_row(row: SelfCheckRow) -> list[str]:
    """Return the cells: time, runs, bias, spread, false alarms and the smallest detectable difference."""
    alarms = f"{row.false_alarms} of {row.runs}"
    runs = [time_left(row.budget_s), str(row.runs)]
    return [*runs, _signed(row.bias), percent(row.spread), alarms, detectable(row.detectable)]


def selfcheck_open(row: SelfCheckRow) -> str:
    """Return how many runs were inconclusive, and the budget of a run that would probably not be; empty if none was."""
    count = row.runs - row.equivalent - row.false_alarms
    return f"{count} of {row.runs} runs{settling_words(row.needed_s)}" if count > 0 else ""


def _signed(bias: Estimate) -> str:
    """Return shares with their signs: ``+0.12 % (-0.30 to +0.54)``."""
    value = f"{100 * bias.value:+.2f} %"
    if bias.low is None or bias.high is None:
        return f"{value} ({MISSING})"
    return f"{value} ({100 * bias.low:+.2f} to {100 * bias.high:+.2f})"


def _subject_row(subject: SubjectRecord) -> list[str]:
    counts = subject.counts
    return server_row(subject) + [
        f"{count:,}" for count in (subject.calls, counts.sent, counts.finished, counts.duplicated)
    ]


def server_row(subject: SubjectRecord) -> list[str]:
    """Return the cells: a subject's name, its tier, its server, and whose server that is."""
    server = subject.server
    software = clean(f"{server.software} {server.version}") if server else MISSING
    return [subject_name(subject), subject.tier, software, _whose(subject)]


def _whose(subject: SubjectRecord) -> str:
    if subject.server is None:
        return MISSING
    owner = "private" if subject.server.private else "the user's"
    return f"{owner}, emulator" if subject.server.emulator else owner


def _libraries(subject: SubjectRecord) -> dict[str, str]:
    versions = {"python": subject.python, **subject.versions}
    return {clean(name): clean(version) for name, version in versions.items() if version}


def _settings(subject: SubjectRecord) -> dict[str, str]:
    """Return the settings of Celery, with dotted names for nested ones, and of the server."""
    known: dict[str, Any] = {}
    for name, value in subject.settings.items():
        parts = value if isinstance(value, dict) else None
        known |= {name: value} if parts is None else {f"{name}.{key}": item for key, item in parts.items()}
    server = subject.server.settings if subject.server else {}
    known |= {f"server: {name}": value for name, value in server.items()}
    return {clean(name): clean_value(name, known[name]) for name in known.keys() - _ALWAYS_DIFFER}


def _differing(result: Recorded, known: Mapping[str, Mapping[str, str]]) -> Table:
    """Return a table with a row for each difference and a column for each subject that has any values."""
    shown = [subject for subject in result.subjects if known[subject.label]]
    names = sorted({name for subject in shown for name in known[subject.label]})
    rows = [[name, *(known[subject.label].get(name, MISSING) for subject in shown)] for name in names]
    return Table(["", *map(subject_name, shown)], [row for row in rows if len(set(row[1:])) > 1])


def _quota(machine: Environment) -> str:
    if machine.cpu_quota_cores is None:
        return "none"
    return f"{machine.cpu_quota_cores:g} cores; throttled for {machine.throttled_s or 0:.1f} s"


def _others(machine: Environment) -> dict[str, str]:
    """Return what is known about other programs; older records have only the load average."""
    if machine.load_1min is not None:
        return {"load at the start": f"{machine.load_1min:.2f}"}
    used = MISSING if machine.other_cores is None else f"{machine.other_cores:.2f} cores"
    return {"used by other programs": used}


def _cores(cores: list[int]) -> str:
    return f"core {', '.join(map(str, cores))}" if cores else "any core (not pinned)"
