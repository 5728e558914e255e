"""Faults and soaks at a distance: through relays that stand behind each other, recorded and resumed."""

import json
from pathlib import Path

import pytest
from commands import brokerbench, leftovers
from matrices import make_cell, make_matrix, make_subject

from bench.commands.breaking import Request
from bench.guarantees.expecting import check_names
from bench.guarantees.resuming import on_network_of, subjects_of
from bench.processes.subject import label_subjects, read_subject
from bench.records.distance import Distance
from bench.records.expectations import Expectations
from bench.records.matrix import Matrix, read_matrix
from bench.records.provenance import WayRecord
from bench.records.soak import Soak
from bench.records.workload import Workload
from brokers.errors import UsageError

MS = 1_000_000
FAR = Distance(rtt_ns=2 * MS, jitter_ns=MS // 5, bytes_per_s=10e6, stalled=0.01)


def far_matrix() -> Matrix:
    subject = make_subject("redis@2ms").model_copy(update={"broker": "redis", "ways": [WayRecord(distance=FAR)]})
    return make_matrix(make_cell("redis@2ms"), subjects=[subject])


def test_a_matrix_is_resumed_at_its_own_distances() -> None:
    matrix = far_matrix()
    workload = on_network_of(matrix, Workload(name="guarantees"))
    (subject,) = subjects_of(matrix)
    assert (subject.label, subject.distance(workload)) == ("redis@2ms", FAR)
    (new,) = label_subjects([read_subject("rabbitmq@3ms")], workload)
    assert new.distance(workload) == FAR.model_copy(update={"rtt_ns": 3 * MS})


def test_a_matrix_is_not_resumed_at_another_distance() -> None:
    request = Request(resumed=Path("old"), workload=Workload(name="guarantees", rtt="1ms"))
    with pytest.raises(UsageError, match="--resume keeps the distances of the matrix: remove --rtt"):
        request.check()


@pytest.mark.parametrize(
    ("label", "line"),
    [("redis@", "mine.toml: 'redis@' has no distance"), ("redis@soon", "mine.toml: 'soon' is not a round-trip time")],
)
def test_expectations_name_subjects_at_a_distance(label: str, line: str) -> None:
    fine = Expectations.model_validate({"version": 1, "subjects": {"redis:durable@1ms#2": {"faults": {}}}})
    check_names(fine, [], "mine.toml")
    wrong = Expectations.model_validate({"version": 1, "subjects": {label: {"faults": {}}}})
    with pytest.raises(UsageError, match=line):
        check_names(wrong, [], "mine.toml")


@pytest.mark.long
def test_a_relay_that_breaks_stands_before_the_one_that_delays(tmp_path: Path) -> None:
    faults = ("--only", "connection-reset", "--only", "http-503-send", "--only", "worker-killed-late")
    asked = ("redis:durable", "sqs@10ms", *faults, "--repeats", "1", "--rtt", "30ms", "--out", "out")
    run = brokerbench("guarantees", *asked, cwd=tmp_path)
    matrix = read_matrix(tmp_path / "out")
    assert matrix.status == "finished", run.stdout + run.stderr
    found = {(cell.subject, cell.fault): cell.outcome for cell in matrix.cells}
    assert found == {
        ("redis:durable@30ms", "connection-reset"): "kept",
        ("redis:durable@30ms", "http-503-send"): "not run",
        ("redis:durable@30ms", "worker-killed-late"): "kept",
        ("sqs@10ms", "connection-reset"): "kept",
        ("sqs@10ms", "http-503-send"): "kept",
        ("sqs@10ms", "worker-killed-late"): "kept",
    }
    assert [[way.distance.rtt_ns for way in one.ways] for one in matrix.subjects] == [[30 * MS], [10 * MS]]
    assert "redis:durable@30ms" in run.stdout
    assert not leftovers(tmp_path)


@pytest.mark.long
def test_a_soak_runs_at_a_distance_with_its_reconnects(tmp_path: Path) -> None:
    run = brokerbench("guarantees", "rabbitmq@5ms", "--soak", "300tasks", "--out", "out", "--json", cwd=tmp_path)
    soak = Soak.model_validate(json.loads(run.stdout))
    (one,) = soak.runs
    assert (one.subject, one.accepted, one.finished, one.lost) == ("rabbitmq@5ms", 300, 300, 0), run.stderr
    assert one.reconnects > 0
    assert [way.distance.rtt_ns for way in soak.subjects[0].ways] == [5 * MS]
    assert not leftovers(tmp_path)
