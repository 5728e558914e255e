"""The command: what it plays, what it keeps, and how it ends. What plays is made up."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from matrices import make_attempt, make_cell, make_matrix, make_subject, not_run
from rich.console import Console
from support import URL_VARIABLES

from bench.commands import breaking as command
from bench.commands.breaking import Request
from bench.guarantees import resuming
from bench.guarantees.expecting import NotComparable
from bench.guarantees.faults import catalogue
from bench.guarantees.matrix_plan import MatrixPlan
from bench.guarantees.run import Watcher
from bench.processes.subject import Subject
from bench.records.matrix import MATRIX_FILE, Cell, Matrix, Outcome, UsersTask, read_matrix
from bench.records.workload import Workload
from brokers.defaults import subjects_of_each_tier
from brokers.errors import BrokerUnavailable, UsageError
from brokers.registry import split_subject

LATE = "worker-killed-late"
Playing = Callable[[str, str], Cell]


class Player:
    """Plays a plan without a broker: ``outcome`` says what each cell is."""

    def __init__(self) -> None:
        self.plans: list[MatrixPlan] = []
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.interrupted_after = 10**9
        self.error: Exception | None = None

    def measure(self, plan: MatrixPlan, keep: Callable[[Matrix], None], watcher: Watcher) -> Matrix:
        self.plans.append(plan)
        if self.error:
            raise self.error
        missing = plan.missing()[: self.interrupted_after]
        matrix, cells = self._matrix(plan, list(plan.known), "running"), list(plan.known)
        for done, (subject, fault) in enumerate(missing, start=1):
            watcher.began(subject.label, fault.name)
            cells.append(self._cell(subject.label, fault.name, plan.repeats))
            watcher.ended(cells[-1], done, len(plan.missing()))
            keep(self._matrix(plan, cells, "running"))
        status = "interrupted" if len(plan.missing()) > self.interrupted_after else "finished"
        matrix = self._matrix(plan, cells, status)
        keep(matrix)
        return matrix

    def _cell(self, subject: str, fault: str, repeats: int) -> Cell:
        outcome = self.outcomes.get((subject, fault), "kept")
        if outcome == "not run":
            return not_run(subject, fault, "no server")
        return make_cell(subject, fault, *[make_attempt(outcome)] * repeats)

    def _matrix(self, plan: MatrixPlan, cells: list[Cell], status: str) -> Matrix:
        names = [fault.name for fault in plan.faults]
        return make_matrix(
            *(cell for cell in cells if cell.fault in names),
            subjects=[make_subject(subject.label) for subject in plan.subjects],
            faults=[fault.record() for fault in plan.faults],
            repeats=plan.repeats,
            status=status,
            users_task=UsersTask.of(plan.workload),
        )


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Player:
    player = Player()
    monkeypatch.setattr(command, "measure", player.measure)
    monkeypatch.setattr(resuming, "refuse_other_versions", lambda *_: None)
    monkeypatch.setattr(command, "refuse_other_versions", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    for name in URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return player


def run(do: Callable[[Console], int]) -> tuple[int, str]:
    file = io.StringIO()
    with click.Context(click.Command("guarantees")):
        return do(Console(width=80, file=file)), file.getvalue()


def request_of(subjects: tuple[str, ...] = (), **asked: Any) -> Request:
    return Request(subjects=tuple(map(split_subject, subjects)), **asked)


def play(**asked: Any) -> tuple[int, str]:
    return run(lambda console: command.run(request_of(**asked), console))


def explain(name: str, **asked: Any) -> tuple[int, str]:
    return run(lambda console: command.explain(request_of(**asked), name, console))


def test_without_a_wish_every_fault_is_played_three_times_on_the_usual_subjects(player: Player) -> None:
    code, text = play()
    (plan,) = player.plans
    asked = [(subject.broker, subject.profile) for subject in plan.subjects]
    assert asked == subjects_of_each_tier()
    assert [fault.name for fault in plan.faults] == [fault.name for fault in catalogue().values() if not fault.of_app]
    assert (plan.repeats, code) == (3, 0)
    (directory,) = Path("results").iterdir()
    assert directory.name.startswith("guarantees-2")
    assert {path.name for path in directory.iterdir()} == {MATRIX_FILE, "guarantees.md", "guarantees.html"}
    assert str(directory / MATRIX_FILE) in text


def test_quick_plays_the_faults_that_matter_most_once(player: Player) -> None:
    play(quick=True, subjects=("redis",))
    (plan,) = player.plans
    quick = {fault.name for fault in catalogue().values() if fault.quick and not fault.of_app}
    assert {fault.name for fault in plan.faults} == quick
    assert plan.repeats == 1


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ({}, 0),
        ({"redis": "allowed"}, 0),
        ({"redis": "shown"}, 0),
        ({"redis": "not run"}, 3),
        ({"redis": "broken"}, 1),
        ({"redis": "broken", "rabbitmq": "not run"}, 1),
    ],
)
def test_the_exit_code_says_what_was_found(player: Player, outcomes: dict[str, Outcome], code: int) -> None:
    player.outcomes = {(label, LATE): outcome for label, outcome in outcomes.items()}
    assert play(subjects=("redis", "rabbitmq"), names=(LATE,))[0] == code


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"names": ("worker-kiled-late",)}, "no fault named 'worker-kiled-late': did you mean 'worker-killed-late'?"),
        ({"subjects": ("kafak",)}, "No broker named 'kafak'"),
        ({"subjects": ("redis:durabel",)}, "did you mean 'durable'?"),
        ({"quick": True, "names": (LATE,)}, "--quick chooses the faults itself"),
        ({"out": Path("a"), "resumed": Path("b")}, "--resume writes to its own folder: remove --out"),
        ({"resumed": Path("none")}, "cannot read none"),
        ({"expected": Path("none.toml")}, "cannot read the expectations none.toml"),
        ({"expected": Path("wrong.toml")}, "wrong.toml: no fault named 'worker-kiled-late': did you mean"),
        ({"written": Path("wrong.toml")}, "wrong.toml exists: use another file with --write-expectations"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_played(player: Player, asked: dict[str, Any], line: str) -> None:
    Path("wrong.toml").write_text('version = 1\n[subjects.redis.faults]\nworker-kiled-late = "kept"\n')
    with pytest.raises(UsageError) as caught:
        play(**asked)
    assert line in caught.value.format_message()
    assert player.plans == []
    assert os.listdir() == ["wrong.toml"]


def test_nothing_is_broken_at_a_paid_service(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQS_URL", "aws")
    with pytest.raises(UsageError, match="sqs: a paid service is never broken: unset SQS_URL"):
        play(subjects=("redis", "sqs"))
    assert player.plans == []
    assert os.listdir() == []


def test_a_run_without_any_server_leaves_nothing(player: Player) -> None:
    player.error = BrokerUnavailable("no server: install one")
    with pytest.raises(BrokerUnavailable):
        play(out=Path("out"))
    assert os.listdir() == []


def test_an_interrupted_run_keeps_what_ended_and_is_gone_on_with(player: Player) -> None:
    player.interrupted_after = 1
    asked = {"subjects": ("redis", "rabbitmq"), "names": (LATE, "shutdown-warm"), "repeats": 2}
    code, text = play(out=Path("out"), **asked)
    assert code == 130
    assert "! interrupted: 3 of 4 cells have not run" in text
    before = read_matrix(Path("out"))
    player.interrupted_after = 10**9
    assert play(resumed=Path("out"))[0] == 0
    assert len(player.plans[-1].missing()) == 3
    matrix = read_matrix(Path("out"))
    assert len(matrix.cells) == 4
    assert before.cells[0] in matrix.cells
    assert {len(cell.attempts) for cell in matrix.cells} == {2}


def test_going_on_with_one_fault_keeps_the_cells_of_the_others(player: Player) -> None:
    play(out=Path("out"), subjects=("redis",), names=(LATE, "shutdown-warm"))
    play(resumed=Path("out") / MATRIX_FILE, names=("shutdown-cold",))
    assert [fault.name for fault in player.plans[-1].faults] == ["shutdown-cold"]
    assert {cell.fault for cell in read_matrix(Path("out")).cells} == {LATE, "shutdown-warm", "shutdown-cold"}


def test_a_matrix_that_lacks_nothing_is_reported_and_compared_without_a_server(player: Player) -> None:
    play(out=Path("out"), subjects=("redis",), names=(LATE,))
    code, text = play(resumed=Path("out"), written=Path("mine.toml"))
    assert (code, len(player.plans)) == (0, 1)
    assert "worker-killed" in text
    code, text = play(resumed=Path("out"), expected=Path("mine.toml"))
    assert (code, len(player.plans)) == (0, 1)
    assert text.splitlines()[-1] == "1 of 1 cell as expected by mine.toml"


def expecting(redis: str) -> Path:
    path = Path("mine.toml")
    path.write_text(f'version = 1\n[subjects.redis.faults]\n{LATE} = "{redis}"\n')
    return path


@pytest.mark.parametrize(
    ("expected", "found", "code"),
    [
        ("kept", "kept", 0),
        ("broken", "broken", 0),
        ("kept", "broken", 1),
        ("broken", "kept", 1),
        ("kept", "not run", 3),
    ],
)
def test_with_expectations_the_comparison_decides(player: Player, expected: str, found: Outcome, code: int) -> None:
    player.outcomes = {("redis", LATE): found}
    path = expecting(expected)
    assert play(subjects=("redis",), names=(LATE,), expected=path)[0] == code


def test_a_broken_promise_of_which_nothing_is_expected_is_named_and_decides_nothing(player: Player) -> None:
    player.outcomes = {("redis", "shutdown-cold"): "broken"}
    code, text = play(subjects=("redis",), names=(LATE, "shutdown-cold"), expected=expecting("kept"))
    assert code == 0
    assert "! mine.toml does not mention redis: shutdown-cold" in text


def test_another_server_ends_the_run_after_its_first_cell(player: Player) -> None:
    Path("mine.toml").write_text(
        f'version = 1\n[subjects.redis]\nserver = "redis 8.0"\n[subjects.redis.faults]\n{LATE} = "kept"\n'
    )
    with pytest.raises(NotComparable, match=r"redis on redis 8\.0, but it ran on redis 7\.0\.15"):
        play(subjects=("redis",), names=(LATE, "shutdown-cold"), out=Path("out"), expected=Path("mine.toml"))
    assert len(read_matrix(Path("out")).cells) == 1


def test_a_fault_is_explained_from_the_matrix_that_has_it(player: Player) -> None:
    play(out=Path("out"), subjects=("redis", "rabbitmq"), names=(LATE,))
    before = (Path("out") / MATRIX_FILE).read_bytes()
    for where in ({"out": Path("out")}, {"resumed": Path("out")}):
        code, text = explain(LATE, **where)
        assert (code, len(player.plans)) == (0, 1)
        assert "redis (fast tier): kept" in text
        assert "rabbitmq (fast tier): kept" in text
    assert "rabbitmq (fast tier)" not in explain(LATE, resumed=Path("out"), subjects=("redis",))[1]
    assert (Path("out") / MATRIX_FILE).read_bytes() == before


def test_a_fault_that_no_matrix_has_is_played_once(player: Player) -> None:
    player.outcomes = {("redis", LATE): "broken"}
    code, text = explain(LATE, subjects=("redis",))
    (plan,) = player.plans
    assert (plan.repeats, code) == (1, 1)
    assert "Timeline of the only attempt" in text
    assert os.listdir() == []


def test_a_fault_that_is_played_to_be_explained_is_kept_where_it_was_asked_for(player: Player) -> None:
    explain(LATE, subjects=("redis",), out=Path("out"))
    assert len(read_matrix(Path("out")).cells) == 1
    explain("shutdown-cold", subjects=("redis",), resumed=Path("out"))
    assert {cell.fault for cell in read_matrix(Path("out")).cells} == {LATE}


def users(task: str = "shop.buy", **changes: Any) -> Workload:
    return Workload(name="guarantees", app="shop:app", app_dir="/shop", task=task, **changes)


def on_shops(subject: Subject) -> Subject:
    return replace(subject, interpreter="/shop/python")


def test_a_users_own_task_is_played_with_faults_that_ask_of_their_settings(player: Player) -> None:
    play(out=Path("out"), subjects=("redis",), quick=True, workload=users(args=["bread"]), on=on_shops)
    (plan,) = player.plans
    assert "worker-killed-as-set" in {fault.name for fault in plan.faults}
    assert [subject.interpreter for subject in plan.subjects] == ["/shop/python"]
    assert read_matrix(Path("out")).users_task == UsersTask(app="shop:app", task="shop.buy", args=["bread"], dry=False)


@pytest.mark.parametrize(
    ("given", "now"),
    [
        (users("shop.sell"), "--app shop:app --task shop.sell --args '[]'"),
        (users(args=["bread"]), "--app shop:app --task shop.buy --args '[\"bread\"]'"),
        (users(dry=True), "--app shop:app --task shop.buy --args '[]' --dry"),
        (Workload(name="guarantees"), "the project's own tasks"),
    ],
)
def test_a_matrix_of_another_task_is_not_gone_on_with(player: Player, given: Workload, now: str) -> None:
    play(out=Path("out"), subjects=("redis",), names=(LATE,), workload=users())
    for asked in ({"resumed": Path("out"), "names": ("shutdown-cold",)}, {"resumed": Path("out")}):
        if given.is_users or "names" in asked:
            with pytest.raises(UsageError) as caught:
                play(workload=given, **asked)
            told = f"ran with --app shop:app --task shop.buy --args '[]', but this is {now}: use the same"
            assert told in caught.value.format_message()
    with pytest.raises(UsageError, match="use the same options"):
        explain("shutdown-cold", resumed=Path("out"), workload=given)
    assert len(player.plans) == 1


def test_a_matrix_of_a_users_task_that_lacks_nothing_is_told_without_the_app(player: Player) -> None:
    play(out=Path("out"), subjects=("redis",), names=(LATE,), workload=users(args=[7]))
    code, text = play(resumed=Path("out"))
    assert code == 0
    assert "The task: shop.buy of shop:app with [7]." in text
    assert "The task: shop.buy of shop:app with [7]." in explain(LATE, resumed=Path("out"))[1]
    for name in ("guarantees.md", "guarantees.html"):
        assert "shop.buy of shop:app with [7]" in (Path("out") / name).read_text().replace("\\", "")


def test_an_explanation_is_of_one_fault(player: Player) -> None:
    with pytest.raises(UsageError, match="--explain is about one fault: remove --only"):
        explain(LATE, names=(LATE,))
    with pytest.raises(UsageError, match="no fault named 'worker-kiled-late'"):
        explain("worker-kiled-late")


def test_the_faults_are_listed_with_their_titles_in_80_columns() -> None:
    code, text = run(command.list_faults)
    assert code == 0
    for fault in catalogue().values():
        assert f" {fault.name} " in text
    assert max(map(len, text.splitlines())) <= 80
