"""Whether anything of a package was imported is known of real processes, also where the task itself imports it."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import Servers
from taking import drain, enqueue, needs

from bench.compare.run import _is_enough
from bench.figures.tally import Tally
from bench.processes.errors import NotImported
from bench.processes.launcher import Launcher, sign_of_import
from bench.processes.platform import CorePlan
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import label_subjects
from bench.records.workload import Workload
from brokers import split_subject
from brokers.workspace import Workspace

_APP = """
from celery import Celery

app = Celery("shop")


@app.task(name="add")
def add():
    import importlinter
    raise OSError("after the import")
"""


@pytest.mark.parametrize(
    ("package", "metric", "imported"),
    [
        ("redis", "enqueue", True),
        ("kombu", "throughput", True),
        ("import-linter", "enqueue", False),
        ("import-linter", "throughput", True),
        ("setuptools", "throughput", False),
        ("no-such-package", "throughput", False),
    ],
)
def test_a_process_tells_when_it_has_imported_a_package(
    package: str, metric: str, imported: bool, servers: Servers, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(_APP)
    sign_of_import(workspace).unlink(missing_ok=True)  # all tests share the workspace
    (subject,) = label_subjects([split_subject("redis")])
    with ExitStack() as ends:
        running = RunningSubject(
            Launcher(
                subject=replace(subject, watched=package),
                server=servers.private("redis"),
                workload=Workload(name="own", app="shop:app", task="add", app_dir=str(tmp_path)),
                workspace=workspace,
                cores=CorePlan(),
                hash_seed=1,
                import_path=str(tmp_path),
            ),
            needs(metric),
        )
        ends.callback(running.end)
        running.start()
        running.wait_until_ready()
        if metric == "enqueue":
            enqueue(running)
        else:
            drain(running, 12)
        assert sign_of_import(workspace).exists() == imported


@pytest.mark.parametrize(
    ("watched", "signed", "failures", "refused"),
    [
        ("vine", False, {}, True),
        ("vine", True, {}, False),
        ("vine", False, {(("a", "celery"), 0): "gone"}, False),
        ("", False, {}, False),
    ],
)
def test_a_run_without_an_import_ends_after_its_first_processes(
    watched: str, signed: bool, failures: dict[Any, str], refused: bool, tmp_path: Path
) -> None:
    found: Any = SimpleNamespace(
        comparison=SimpleNamespace(subjects=[SimpleNamespace(label=label, watched=watched) for label in "abc"]),
        runner=SimpleNamespace(stage=SimpleNamespace(failures=failures)),
        failures={},
        tally=Tally(),
    )
    if signed:
        (tmp_path / "imported").touch()
    assert not _is_enough(found, lambda *_: False, tmp_path / "imported", 0, 4)
    if refused:
        with pytest.raises(NotImported, match="nothing that is measured imports vine, so its releases differ only by"):
            _is_enough(found, lambda *_: False, tmp_path / "imported", 1, 4)
    else:
        assert not _is_enough(found, lambda *_: False, tmp_path / "imported", 1, 4)
