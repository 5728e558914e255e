"""How tests start a subject with its processes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tasks
from bench.processes.launcher import Launcher
from bench.processes.platform import CorePlan
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import label_subjects
from bench.records.workload import Workload
from brokers import Server, split_subject
from brokers.workspace import Workspace

Started = Callable[..., RunningSubject]

NOWHERE = {
    "rabbitmq": Server(url="amqp://me:secret@127.0.0.1:1//", software="made up", version="1"),
    "redis": Server(url="redis://:secret@127.0.0.1:1/0", software="made up", version="1"),
}
"""A server that is not there."""


def make_launcher(
    subject: str, server: Server | None = None, workspace: Workspace | None = None, **workload: Any
) -> Launcher:
    return Launcher(
        subject=label_subjects([split_subject(subject)])[0],
        server=server or NOWHERE.get(subject.partition(":")[0], NOWHERE["redis"]),
        workload=Workload(name="own", **workload),
        workspace=workspace,  # type: ignore[arg-type]  # what starts no process needs none
        cores=CorePlan(),
        hash_seed=1,
        import_path=str(Path(tasks.__file__).parents[1]),
    )
