import io
import json
import math
import signal
from pathlib import Path

import pytest
from commands import brokerbench, leftovers, programs_of, start_brokerbench
from made_results import Made, make_result
from rich.console import Console
from support import eventually

from bench.compare.repeat import selfcheck_of
from bench.records.result import Result
from bench.records.selfcheck import SelfCheck
from bench.report.facts import selfcheck_table
from bench.report.selfcheck import print_selfcheck


def test_a_self_check_is_printed_and_written_and_leaves_nothing_else(tmp_path: Path) -> None:
    arguments = ("--runs", "2", "--budget", "15s", "--metric", "enqueue", "--out", "check.json")
    run = brokerbench("selfcheck", "memory", *arguments, cwd=tmp_path)
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


def against_itself(verdict: str, detectable: float) -> Result:
    made = make_result(Made(label="redis"), Made(label="redis#2"), budget_s=20)
    rows = [
        row.model_copy(
            update={"ratio": row.ratio and row.ratio.model_copy(update={"verdict": verdict, "detectable": detectable})}
        )
        for row in made.summary
    ]
    return made.model_copy(update={"summary": rows, "metrics": ["enqueue"]})


def test_what_was_inconclusive_has_the_budget_of_a_run_that_would_not_be() -> None:
    check = selfcheck_of([against_itself("inconclusive", 0.04), against_itself("equivalent", 0.04)])
    (row,) = check.rows
    assert row.needed_s == pytest.approx(20 * (math.log(1.04) / math.log(1.02)) ** 2)
    terminal = io.StringIO()
    print_selfcheck(check, Console(file=terminal, width=200))
    words = "1 of 2 runs; a budget of about 80s would probably settle it"
    assert f"enqueue, 20 s: inconclusive in {words}" in terminal.getvalue()
    table = selfcheck_table(against_itself("equivalent", 0.04).model_copy(update={"selfcheck": check}))
    assert table.rows[0][-1] == words
    (certain,) = selfcheck_of([against_itself("equivalent", 0.04)]).rows
    assert certain.needed_s is None


def test_an_interrupted_self_check_shows_the_runs_that_ended(tmp_path: Path) -> None:
    run = start_brokerbench("selfcheck", "--runs", "50", "--budget", "7s", "--metric", "enqueue", cwd=tmp_path)
    assert eventually(lambda: "redis-server" in programs_of(tmp_path), 60)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=30)
    assert run.returncode == 130, output
    assert "Traceback" not in output
    assert not leftovers(tmp_path)
