"""How a measurement at a distance ends: by Ctrl-C, by kill -9, and without its relay."""

import signal
from pathlib import Path

from commands import leftovers, relay_of, start_brokerbench
from support import eventually

from bench.records.result import Result, read_result

QUICK = ("--metric", "enqueue", "--no-ceilings", "--out", "out")


def measured(folder: Path) -> Result:
    return read_result(folder / "out" / "result.json")


def blocks_on_disk(folder: Path) -> int:
    path = folder / "out" / "result.json"
    return path.read_text().count('"metric":"') if path.exists() else 0


def test_kill_9_leaves_no_relay_and_a_whole_result(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "redis@1ms", "redis", "--budget", "90s", *QUICK, cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 6, 80)
    assert relay_of(tmp_path)
    run.kill()
    run.communicate()
    assert eventually(lambda: not leftovers(tmp_path), 20), leftovers(tmp_path)
    assert relay_of(tmp_path) is None
    assert measured(tmp_path).status == "running"


def test_ctrl_c_keeps_what_was_measured_at_a_distance(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "redis", "--rtt", "1ms", "--budget", "90s", *QUICK, cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 6, 80)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 130, output
    result = measured(tmp_path)
    assert result.status == "interrupted"
    assert [way.distance.rtt_ns for way in result.subjects[0].ways] == [1_000_000]
    assert not leftovers(tmp_path)


def test_a_relay_that_dies_on_the_way_is_a_failed_subject_and_not_a_hang(tmp_path: Path) -> None:
    run = start_brokerbench("compare", "redis@1ms", "redis", "--budget", "25s", *QUICK, cwd=tmp_path)
    assert eventually(lambda: blocks_on_disk(tmp_path) >= 6, 80)
    relay = relay_of(tmp_path)
    assert relay
    relay.kill()
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 3, output
    far, near = measured(tmp_path).subjects
    assert far.failure
    assert "the relay ended" in far.failure
    assert near.failure is None
    assert "Traceback" not in output
    assert not leftovers(tmp_path)
