"""What every command that measures has in common; what measures is made up."""

from pathlib import Path
from typing import Any

import pytest
from sides import made_side

from bench.commands import measuring
from bench.commands.approval import ask_before_spending
from bench.commands.measuring import exit_code, measured
from bench.compare import run as comparing
from bench.compare.request import Comparison
from bench.processes.subject import label_subjects
from bench.records.result import Result, read_result
from bench.records.workload import Workload
from brokers import Server, split_subject
from brokers.errors import NotWritten, UsageError


@pytest.fixture
def comparison(monkeypatch: pytest.MonkeyPatch) -> Comparison:
    def compare(_: Comparison, writer: Any, *__: object) -> Result:
        result = made_side(labels=("redis",), generations=4, blocks=1)
        writer.start(result.model_copy(update={"blocks": []}))
        writer.finish(result)
        return result

    monkeypatch.setattr(comparing, "compare", compare)
    subjects = label_subjects([split_subject("redis")])
    return Comparison(subjects=subjects, workload=Workload(name="noop"), metrics=["enqueue"], budget_s=9, seed=1)


def approve(*_: object) -> None:
    """Spend."""


def test_a_result_is_left_with_its_reports_or_without_or_not_at_all(comparison: Comparison, tmp_path: Path) -> None:
    for name, reports in (("both", True), ("alone", False)):
        measured(comparison, tmp_path / name, approve, reports=reports)
        assert read_result(tmp_path / name).status == "finished"
        assert (tmp_path / name / "report.md").exists() == reports
    assert exit_code(measured(comparison, None, approve), 3) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "both"]


def test_what_was_measured_is_shown_although_its_reports_cannot_be_written(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_reports(*_: object) -> None:
        raise NotWritten("the disk is full")

    shown: list[Result] = []
    monkeypatch.setattr(measuring, "write_reports", write_reports)
    with pytest.raises(NotWritten):
        measured(comparison, tmp_path / "out", approve, show=shown.append)
    assert [one.status for one in shown] == ["finished"]


def test_money_is_asked_for_once_and_not_spent_without_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    subjects, servers = label_subjects([split_subject("sqs")]), [Server(url="aws", software="aws sqs", version="")]
    approve = ask_before_spending(60, yes=True)
    for _ in range(2):
        approve(subjects, servers)
    assert capsys.readouterr().err.count("at most 15,000 requests, $") == 1
    with pytest.raises(UsageError, match="the cost was not approved"):
        ask_before_spending(60, yes=False)(subjects, servers)
