"""A whole comparison at a distance, on real servers."""

from pathlib import Path

import pytest
from commands import brokerbench, leftovers

from bench.metrics.enqueue import EnqueueTurn
from bench.records.result import read_result

MS = 1_000_000


@pytest.mark.long
def test_each_subject_is_measured_at_its_own_distance_and_every_report_says_so(tmp_path: Path) -> None:
    run = brokerbench(
        *("compare", "redis@20ms", "rabbitmq@30ms", "--stall", "0.1%", "--metric", "enqueue", "--budget", "30s"),
        *("--details", "--out", "out"),
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    result = read_result(tmp_path / "out")
    ways = {subject.label: subject.ways for subject in result.subjects}
    assert {label: way.distance.rtt_ns for label, (way,) in ways.items()} == {
        "redis@20ms": 20 * MS,
        "rabbitmq@30ms": 30 * MS,
    }
    assert all(way.real_rtt_ns and way.added_ns and way.late_ns is not None for (way,) in ways.values())
    turns = [turn for block in result.blocks for turn in block.turns if isinstance(turn, EnqueueTurn)]
    assert all(turn.relay and turn.relay.pieces for turn in turns)
    fastest_ns = min(min(turn.samples_ns) for turn in turns if turn.subject == "redis@20ms")
    assert fastest_ns >= 20 * MS - (ways["redis@20ms"][0].relay_ns or 0)
    whole = " ".join(run.stdout.split())
    assert "a relay put each at the distance in its name, with 0.1 % of the pieces stalled" in whole
    assert "so each ratio compares a broker and its distance together" in whole
    for name in ("report.md", "report.html"):
        assert "Distances" in (tmp_path / "out" / name).read_text()
    assert not leftovers(tmp_path)
