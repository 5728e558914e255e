"""The command ``tune``: wrong use is told at once, each ending has its exit code, and a short real run ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import brokerbench, leftovers
from ending import Ended, run_command
from tunings import EVERY_TUNING

import bench.commands.tune
from bench.records.figures import Estimate
from bench.records.tune import TuneRecord, read_tune
from bench.tune.tuning import Prepared

CODES = {"helps": 0, "traded": 1, "nothing helps": 0, "unclear": 3, "breaks a limit": 1, "interrupted": 130}


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Ended]:
    """Run the command with a made-up search; ``ending`` is how it ends."""
    monkeypatch.delenv("VALKEY_URL", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, ending: str = "helps") -> Ended:
        found = EVERY_TUNING[ending]()
        monkeypatch.setattr(bench.commands.tune, "tune_subject", lambda *_, **__: found)
        return run_command("tune", "valkey", *arguments)

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--apply-to", "settings.py"), "we do not edit people's files"),
        (("--for", "speed"), "is not a figure to improve"),
        (("--for", "dollars"), "needs a broker that charges"),
        (("--limit", "fast"), "is not a limit"),
        (("--only", "worker_prefetch_multiplyer"), "did you mean worker_prefetch_multiplier?"),
        (("--fix", "worker_prefetch_multiplier"), "NAME=VALUE"),
        (("--budget", "10s"), "too short to confirm anything"),
        (("--quick", "--budget", "5m"), "leave out --quick or --budget"),
        (("--workload", "sweep-pool"), "varies something"),
        (("--list", "--server", "redis://localhost"), "use VALKEY_URL instead of --server"),
        (("--only", "concurrency", "--for", "enqueue"), "nothing is left to try on valkey: --list shows why"),
        (("--list", "--json"), "--list has no JSON"),
    ],
)
def test_wrong_use_is_one_line(tune: Callable[..., Ended], arguments: tuple[str, ...], words: str) -> None:
    ended = tune(*arguments)
    assert ended.code == 2, ended
    assert ended.error.count("\n") == 1
    assert words in ended.error
    assert "searching until" not in ended.out


@pytest.mark.parametrize("ending", EVERY_TUNING)
def test_each_ending_has_its_exit_code_and_its_json(tune: Callable[..., Ended], ending: str) -> None:
    ended = tune("--json", ending=ending)
    assert ended.code == CODES[ending]
    assert TuneRecord.model_validate(json.loads(ended.out)) == EVERY_TUNING[ending]()
    assert "searching until" in ended.error
    assert "then guarantees for at most 1 min 30 s" in ended.error


def test_a_trade_that_was_allowed_is_no_failure(tune: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = EVERY_TUNING["traded"]().model_copy(update={"keep": "fast"})
    monkeypatch.setitem(EVERY_TUNING, "traded", lambda: allowed)
    ended = tune(ending="traded")
    assert ended.code == 0
    assert "but that trades a guarantee away: worker-killed-as-set" in " ".join(ended.out.split())


def test_the_time_and_what_is_tried_are_told_before_the_answer(tune: Callable[..., Ended], tmp_path: Path) -> None:
    ended = tune("--only", "worker_prefetch_multiplier", "--out", "out")
    assert ended.code == 0, ended
    lines = ended.out.splitlines()
    assert lines[1].startswith("tuning valkey for worker throughput: 1 setting, 3 values")
    assert lines[2].startswith("searching until ")
    assert "39.8x" in lines[3]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"tune.html", "tune.json", "tune.md"}


def test_the_list_has_what_is_tried_what_it_costs_and_what_is_left_out(tune: Callable[..., Ended]) -> None:
    ended = tune("--list", "--for", "throughput", "--fix", "pool=threads")
    assert ended.code == 0
    text = " ".join(ended.out.split())
    assert "worker_prefetch_multiplier: 4 today, tries 16, 64, 1" in text
    assert "It may cost: what a worker has taken waits for it" in text
    assert "pool it is held by --fix" in text
    assert "broker_heartbeat it decides how soon a dead connection is noticed" in text


def test_what_can_be_tuned_is_fixed_in_the_present_subject(
    tune: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Prepared] = []

    def search(prepared: Prepared, *_: Any, **__: Any) -> TuneRecord:
        seen.append(prepared)
        return EVERY_TUNING["helps"]()

    monkeypatch.setattr(bench.commands.tune, "tune_subject", search)
    assert run_command("tune", "valkey", "--fix", "pool=threads", "--fix", "task_acks_late=true").code == 0
    (prepared,) = seen
    subject = prepared.present.subject
    assert subject.workload
    assert (subject.workload.pool, subject.settings) == ("threads", {"task_acks_late": True})
    assert not {"pool", "task_acks_late"} & {one.name for one in prepared.choice.candidates}


@pytest.mark.long
def test_a_short_real_run_ends_and_its_record_is_whole(tmp_path: Path) -> None:
    names = ("--only", "worker_prefetch_multiplier", "--only", "concurrency")
    run = brokerbench("tune", "valkey", *names, "--budget", "60s", "--out", "out", "--json", cwd=tmp_path)
    assert run.returncode in (0, 1, 3), run.stdout + run.stderr
    record = TuneRecord.model_validate(json.loads(run.stdout))
    assert record == read_tune(tmp_path / "out")
    assert record.stages[0].name == "screening"
    assert all(isinstance(one.present, Estimate) for one in record.figures)
    assert (tmp_path / "out" / "1-screening" / "result.json").exists()
    assert not leftovers(tmp_path)
