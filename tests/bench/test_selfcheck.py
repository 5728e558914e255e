import json
import signal
from pathlib import Path

from commands import brokerbench, leftovers, programs_of, start_brokerbench
from support import eventually

from bench.records.selfcheck import SelfCheck


def test_a_self_check_is_printed_and_written_and_leaves_nothing_else(tmp_path: Path) -> None:
    arguments = ("--runs", "2", "--budget", "12s", "--metric", "enqueue", "--out", "check.json")
    run = brokerbench("selfcheck", "redis", *arguments, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    check = SelfCheck(**json.loads((tmp_path / "check.json").read_text()))
    assert [(row.metric, row.runs) for row in check.rows] == [("enqueue", 2)]
    assert "0 of 2" in run.stdout
    assert all(len(line) <= 80 for line in run.stdout.splitlines())
    assert run.stderr.count("run ") == 2
    assert not leftovers(tmp_path)


def test_a_self_check_that_measured_nothing_says_so_and_is_not_done(tmp_path: Path) -> None:
    run = brokerbench("selfcheck", "memory", "--runs", "2", "--budget", "1s", "--metric", "enqueue", cwd=tmp_path)
    assert run.returncode == 3, run.stdout
    assert "run 2 of 2, 1 s: nothing to compare" in run.stderr
    assert "! enqueue: 2 of 2 runs of 1 s measured nothing: raise --budget" in run.stderr


def test_an_interrupted_self_check_shows_the_runs_that_ended(tmp_path: Path) -> None:
    run = start_brokerbench("selfcheck", "--runs", "50", "--budget", "7s", "--metric", "enqueue", cwd=tmp_path)
    assert eventually(lambda: "redis-server" in programs_of(tmp_path), 60)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 130, output
    assert "Traceback" not in output
    assert not leftovers(tmp_path)
