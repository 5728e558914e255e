"""Plays a cell in a test, on a server that the session shares."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import Servers

from bench.guarantees.cell import run_cell
from bench.guarantees.environments import Environments
from bench.guarantees.fault import Fault
from bench.guarantees.faults import catalogue
from bench.processes.subject import Subject, import_path
from bench.records.matrix import Cell
from bench.records.workload import Workload
from brokers import Server, split_subject
from brokers.workspace import Workspace


@dataclass(frozen=True)
class CellContext:
    """What a scene needs beside its server."""

    workspace: Workspace
    apps: str
    workload: Workload
    servers: Servers
    environments: Environments = field(default_factory=Environments)
    distances: None = None

    def result_settings(self) -> dict[str, Any]:
        return split_subject("redis")[0].result_settings(self.servers.private("redis").url)

    def beside(self, subject: Subject, requirements: tuple[str, ...]) -> Subject:
        return self.environments.beside(subject, requirements, is_users=self.workload.is_users)


Play = Callable[..., Cell]


@pytest.fixture
def play(servers: Servers, workspace: Workspace, tmp_path: Path) -> Play:
    """Return a function that runs a fault, given by name or itself, on a subject, and returns the cell."""
    own = Workload(name="guarantees")
    apps = import_path(own, tmp_path / "app")

    def play_some(
        fault: str | Fault,
        label: str,
        server: Server | None = None,
        repeats: int = 1,
        over: threading.Event | None = None,
        workload: Workload = own,
    ) -> Cell:
        broker, profile = split_subject(label)
        subject = Subject(label=label, broker=broker, profile=profile)
        chosen = catalogue()[fault] if isinstance(fault, str) else fault
        running_on = server or servers.private(label)
        context = CellContext(workspace, workload.app_dir or apps, workload, servers)
        cell, _ = run_cell(chosen, subject, running_on, repeats, context, over or threading.Event())
        return cell

    return play_some
