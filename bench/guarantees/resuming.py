"""Resumes a matrix: which of its cells count, and how new ones are merged into it."""

import json
import sys
from collections.abc import Mapping
from importlib.metadata import version

from bench.ab.virtualenvs import look_at
from bench.processes.subject import Subject, labelled_rtt_ns
from bench.records.distance import NEAR
from bench.records.matrix import Cell, FaultRecord, Matrix, UsersTask
from bench.records.provenance import SubjectRecord
from bench.records.quantities import short_duration
from bench.records.strict import checked
from bench.records.workload import Workload
from brokers.documents import shortened
from brokers.errors import UsageError
from brokers.registry import find_broker, find_profile
from brokers.server import version_of

__all__ = ["known_cells", "merged", "on_network_of", "refuse_another_task", "refuse_other_versions", "subjects_of"]

_LIBRARIES = ("celery", "kombu")


def subjects_of(matrix: Matrix) -> list[Subject]:
    """Return the subjects of a matrix, ready to run again."""
    subjects = []
    for record in matrix.subjects:
        broker = find_broker(record.broker)
        rtt_ns = record.rtt_ns or labelled_rtt_ns(record.label)
        profile = find_profile(broker, record.profile)
        subjects.append(Subject(label=record.label, broker=broker, profile=profile, rtt_ns=rtt_ns))
    return subjects


def on_network_of(matrix: Matrix, workload: Workload) -> Workload:
    """Return the workload with the jitter, the bandwidth and the stalls of a matrix, which all its subjects had."""
    way = next((way.distance for record in matrix.subjects for way in record.ways), NEAR)
    network = {
        "jitter": short_duration(way.jitter_ns) if way.jitter_ns else "0",
        "bandwidth": f"{way.bytes_per_s:.3f}B/s" if way.bytes_per_s else "",
        "stall": f"{100 * way.stalled:.6f}%",
    }
    return checked(Workload, workload.model_dump() | network, "the matrix")


def known_cells(matrix: Matrix) -> list[Cell]:
    """Return the cells that need not run again; those that could not be run are tried again."""
    return [cell for cell in matrix.cells if cell.outcome != "not run"]


def refuse_other_versions(matrix: Matrix, subjects: list[Subject], source: str) -> None:
    """Raise UsageError if a server or a library has another version than the one that the matrix ran on."""
    records = {record.label: record for record in matrix.subjects}
    installed = {interpreter: _installed(interpreter) for interpreter in {one.interpreter for one in subjects}}
    for subject in subjects:
        record = records.get(subject.label)
        for name, before, now in _versions(record, subject, installed[subject.interpreter]) if record else ():
            if before and now and before != now:
                then = f"{name} {shortened(before)}"
                raise UsageError(f"{source} ran on {then}, but this is {now}: start a new matrix with another --out")


def refuse_another_task(matrix: Matrix, workload: Workload, source: str) -> None:
    """Raise UsageError if the matrix ran with another app or task than the workload names."""
    before, now = matrix.users_task, UsersTask.of(workload)
    if before != now:
        raise UsageError(
            f"{source} ran with {_task(before)}, but this is {_task(now)}: "
            "use the same options, or start a new matrix with another --out"
        )


def _task(task: UsersTask | None) -> str:
    if task is None:
        return "the project's own tasks"
    more = f" --kwargs '{json.dumps(task.kwargs)}'" if task.kwargs else ""
    more += "".join(f" --include {module}" for module in task.include) + (" --dry" if task.dry else "")
    return shortened(f"--app {task.app} --task {task.task} --args '{json.dumps(task.args)}'{more}")


def _versions(record: SubjectRecord, subject: Subject, installed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the name, the old and the current version of everything that a subject runs on."""
    found = [(name, record.versions.get(name, ""), installed.get(name, "")) for name in _LIBRARIES]
    source = subject.broker.find()
    if record.server and source.kind in ("binary", "embedded"):
        found.append((record.server.software, record.server.version, version_of(subject.broker, source)))
    return found


def _installed(interpreter: str) -> Mapping[str, str]:
    """Return the versions of the libraries that an interpreter has."""
    if interpreter != sys.executable:
        return look_at(interpreter).installed
    return {name: version(name) for name in _LIBRARIES}


def merged(old: Matrix, new: Matrix) -> Matrix:
    """Return the new matrix with what only the old one has, in the order of the old and then the new."""
    faults = _grouped({fault.name: fault for fault in [*old.faults, *new.faults]})
    cells = {(cell.subject, cell.fault): cell for cell in [*old.cells, *new.cells]}
    subjects = _merged_subjects(old, new)
    order = [(label, fault.name) for fault in faults for label in subjects]
    return new.model_copy(
        update={
            "started_at": old.started_at,
            "duration_s": old.duration_s + new.duration_s,
            "repeats": max(old.repeats, new.repeats),
            "subjects": list(subjects.values()),
            "faults": faults,
            "cells": [cells[place] for place in order if place in cells],
            "warnings": list(dict.fromkeys([*old.warnings, *new.warnings])),
        }
    )


def _merged_subjects(old: Matrix, new: Matrix) -> dict[str, SubjectRecord]:
    """Return the most complete record of each subject: a run without cells of it does not know its libraries."""
    known = {record.label: record for record in old.subjects}
    for record in new.subjects:
        before = known.get(record.label)
        kept = {name: getattr(before, name) for name in ("server", "python", "versions", "settings", "ways") if before}
        missing = {name: value for name, value in kept.items() if not getattr(record, name)}
        known[record.label] = record.model_copy(update=missing)
    return known


def _grouped(faults: dict[str, FaultRecord]) -> list[FaultRecord]:
    """Return the faults with those of a group together."""
    groups = list(dict.fromkeys(fault.group for fault in faults.values()))
    return sorted(faults.values(), key=lambda fault: groups.index(fault.group))
