"""A subject: what is measured."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tasks
from bench.records.provenance import SubjectRecord
from bench.records.workload import Workload
from brokers.protocol import Broker, Profile

__all__ = ["Subject", "import_path", "label_subjects"]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A broker and a profile with the interpreter that runs the app, under the name that reports show.

    ``settings`` override the profile's and the workload's. ``app_dir`` is the folder from which the app is imported, if
    not the workload's. ``server`` is the program to start as a private server, if not the one found. ``spec``, of a
    side in a comparison of two, is what was asked for, without secrets.
    """

    label: str
    broker: Broker
    profile: Profile
    interpreter: str = sys.executable
    settings: Mapping[str, Any] = field(default_factory=dict)
    app_dir: str | None = None
    server: str | None = None
    spec: str = ""
    traceback: bool = False
    """Whether an error of its processes contains the end of their log."""

    def record(self) -> SubjectRecord:
        """Return what is known about it before it runs."""
        return SubjectRecord(
            label=self.label,
            broker=self.broker.name,
            profile=self.profile.name,
            tier=self.profile.tier,
            spans_processes=self.broker.spans_processes,
            spec=self.spec,
        )


def label_subjects(chosen: list[tuple[Broker, Profile]]) -> list[Subject]:
    """Label each subject ``broker[:profile]``; a repeated one gets ``#2``, ``#3``."""
    subjects: list[Subject] = []
    for broker, profile in chosen:
        name = broker.name if profile.name == "default" else f"{broker.name}:{profile.name}"
        again = sum(1 for other in subjects if other.broker is broker and other.profile is profile)
        subjects.append(Subject(label=f"{name}#{again + 1}" if again else name, broker=broker, profile=profile))
    return subjects


def import_path(workload: Workload, directory: Path) -> str:
    """Return the folder from which a subject imports the workload's app.

    The project's own task module is copied into ``directory``, so nothing else can be imported from there.
    """
    if workload.app_dir:
        return workload.app_dir
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(tasks.__file__).parent, directory / "tasks", ignore=ignored)
    return str(directory)
