"""The broker of docs/adding-a-broker.md works as it stands there."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pages import ROOT, blocks

from bench.records.matrix import read_matrix
from bench.records.result import read_result
from bench.records.writer import RESULT_FILE

_COMPARE = """
import sys
from pathlib import Path
from bench.compare.run import compare
from bench.compare.request import Comparison
from bench.engine.observer import Silent
from bench.processes.subject import label_subjects
from bench.records.workload import load_workload
from bench.records.writer import ResultWriter
from brokers import split_subject

comparison = Comparison(
    subjects=label_subjects([split_subject("filesystem")]),
    workload=load_workload("noop"),
    metrics=["enqueue", "throughput", "cost"],
    budget_s=25,
    seed=1,
    ceilings=True,
)
with ResultWriter(Path(sys.argv[1])) as writer:
    compare(comparison, writer, Silent(), lambda subjects, servers: None)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the page's package into a folder: the module, and the entry point as pip writes it."""
    site = tmp_path_factory.mktemp("site")
    (code,), (project,) = blocks("docs/adding-a-broker.md", "python"), blocks("docs/adding-a-broker.md", "toml")
    about = tomllib.loads(project)["project"]
    points = about["entry-points"]["brokerbench.brokers"]
    module = next(iter(points.values())).partition(":")[0]
    (site / f"{module}.py").write_text(code)
    information = site / f"{module}-{about['version']}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    )
    lines = [f"{name} = {value}\n" for name, value in points.items()]
    (information / "entry_points.txt").write_text("".join(["[brokerbench.brokers]\n", *lines]))
    return site


def run(site: Path, *arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


def test_the_example_is_short() -> None:
    (code,) = blocks("docs/adding-a-broker.md", "python")
    assert len(code.splitlines()) < 60


def test_the_example_is_found_by_its_name(site: Path) -> None:
    answer = run(site, "-c", "from bench.start import main; main()", "doctor", "--json")
    found = {broker["broker"]: broker for broker in json.loads(answer.stdout)["brokers"]}
    assert {"filesystem", "redis", "rabbitmq", "sqs", "memory"} <= set(found)
    assert found["filesystem"]["problem"] == ""
    assert found["filesystem"]["profiles"] == ["default (fast)"]


def test_the_example_passes_the_contract_tests(site: Path) -> None:
    """Run them as its author does, who has Brokerbench, but none of the libraries that only its developers need."""
    without = [option for name in ("cacheprovider", "timeout", "cov", "xdist") for option in ("-p", f"no:{name}")]
    answer = run(site, "-m", "pytest", *without, "tests/brokers/test_contract.py", "-k", "filesystem")
    assert answer.returncode == 0, answer.stdout
    assert "test_nothing_of_a_lease_is_left" not in answer.stdout  # neither failed nor skipped
    assert " passed" in answer.stdout


def test_a_workload_cannot_set_the_options_by_which_the_example_finds_its_queues(site: Path, tmp_path: Path) -> None:
    workload = tmp_path / "own.toml"
    workload.write_text('name = "own"\n[settings.broker_transport_options]\ndata_folder_in = "elsewhere"\n')
    answer = run(site, "-c", f"from bench.records.workload import load_workload; load_workload({str(workload)!r})")
    assert "'broker_transport_options.data_folder_in' is set for the run's own queues" in answer.stderr


@pytest.mark.long
def test_the_example_is_measured(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = run(site, "-c", _COMPARE, str(out), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    result = read_result(out / RESULT_FILE)
    (subject,) = result.subjects
    assert subject.failure is None
    assert subject.server is not None
    assert subject.server.software == "kombu filesystem"
    assert subject.counts.finished == subject.counts.sent > 0
    rows = {row.metric: row for row in result.summary}
    assert rows["enqueue"].median_ns
    assert rows["throughput"].per_second
    assert {row.layer for row in result.summary} == {"celery", "kombu", "memory"}  # it has no raw client
    (cost,) = result.costs
    assert cost.worker_cpu_ns
    assert (cost.bytes_to_server, cost.operations) == (None, {})  # and no wire
    assert not [warning for warning in result.warnings if "filesystem" in warning]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.long
def test_faults_are_played_on_the_example(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    faults = ["--only", "order", "--only", "worker-killed-early", "--only", "chord", "--only", "http-503-send"]
    command = ["guarantees", "filesystem", "--repeats", "1", "--out", str(out), *faults]
    answer = run(site, "-c", "from bench.start import main; main()", *command, cwd=tmp_path)
    assert out.is_dir(), answer.stderr
    cells = {cell.fault: cell for cell in read_matrix(out).cells}
    assert cells.keys() == {"order", "worker-killed-early", "chord", "http-503-send"}, answer.stderr
    assert cells.pop("http-503-send").why == "filesystem does not speak HTTP"
    assert {cell.why for cell in cells.values()} == {""}


def test_the_example_runs_the_projects_own_tasks(site: Path, tmp_path: Path) -> None:
    environment = {"BROKER": "filesystem"}
    code = f"import os; os.environ.update({environment}); from tasks import noop; print(noop.delay().id)"
    answer = run(site, "-c", code, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert len(list((tmp_path / "celery-files" / "celery").glob("*.msg"))) == 1
