"""A whole tuning: what is held, what is left out, the lines and the guarantees that are put into its record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tunings import made_tuning

from bench.commands.measuring import measured
from bench.processes.subject import Subject, label_subjects
from bench.records.tune import TuneLine, TuneRecord
from bench.records.workload import Workload
from bench.tune import tuning as module
from bench.tune.goal import read_goal
from bench.tune.present import Present
from bench.tune.promises import Played, Promise
from bench.tune.search import TuneQuestion
from bench.tune.tuning import Prepared, Tuning, prepare, tune
from brokers import split_subject
from brokers.errors import UsageError
from brokers.workspace import open_workspace


def prepared(name: str = "sqs", **changes: Any) -> Prepared:
    (subject,) = label_subjects([split_subject(name)])
    asked = {"subject": subject, "workload": Workload(name="noop"), "goal": read_goal("throughput"), **changes}
    with open_workspace() as workspace:
        return prepare(Tuning(**{"budget_s": 60.0, "seed": 1, **asked}), workspace)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[TuneQuestion]:
    """Find one setting that touches a guarantee, and one that touches none, instead of searching."""
    questions: list[TuneQuestion] = []

    def tuned(question: TuneQuestion, *_: Any, **__: Any) -> TuneRecord:
        questions.append(question)
        record = made_tuning()
        prefetch = record.tried[1].settings[0]
        return made_tuning(lines=[*record.lines, TuneLine(setting=prefetch)])

    monkeypatch.setattr(module, "tuned", tuned)
    return questions


def ended(given: Prepared, play: Callable[..., Played]) -> TuneRecord:
    return tune(given, lambda *_: pytest.fail("nothing is measured"), play, tell=lambda _: None)


def test_the_record_has_the_lines_and_what_was_held_and_played(asked: list[TuneQuestion]) -> None:
    seen: list[Subject] = []

    def play(present: Present, after: Subject, settings: Mapping[str, Any]) -> Played:
        seen.append(after)
        return Played(promises=[Promise(fault="deploy-killed", verdict="kept")], notes=["a note"])

    record = ended(prepared(fixes=["task_acks_late=true"]), play)
    assert [(one.name, one.value) for one in record.held] == [("task_acks_late", True)]
    assert [one.fault for one in record.promises] == ["deploy-killed"]
    assert "a note" in record.warnings
    assert "throughput is 39.8x (38.2 to 41.5) as good with it" in " ".join(record.fragment.replace("#", "").split())
    assert "what it contributes by itself is not certain" not in record.fragment.lower()
    compile(record.fragment, "celeryconfig.py", "exec")
    (after,) = seen
    assert after.settings["worker_prefetch_multiplier"] == 16
    assert after.settings["task_acks_late"] is True  # held in it, too
    (question,) = asked
    assert question.subject.settings == {"task_acks_late": True}


@pytest.mark.usefixtures("asked")
def test_a_guarantee_that_is_traded_away_stands_above_the_lines() -> None:
    lost = Promise(fault="deploy-killed", verdict="traded", before="nothing lost", after="1 task lost\nimport os")
    record = ended(prepared(), lambda *_: Played(promises=[lost], notes=[]))
    first, *_ = record.fragment.splitlines()
    assert first.startswith("# These settings trade a guarantee away, deploy-killed: 1 task lost")
    assert not any(line.startswith("import") for line in record.fragment.splitlines())


@pytest.mark.usefixtures("asked")
def test_an_interrupt_while_guarantees_are_played_keeps_the_settings() -> None:
    def play(*_: Any) -> Played:
        raise KeyboardInterrupt

    record = ended(prepared(), play)
    assert (record.status, record.outcome) == ("interrupted", "helps")
    assert {(one.verdict, one.why) for one in record.promises} == {("not played", "it was interrupted")}


def test_a_package_whose_environment_cannot_be_made_is_left_out(
    asked: list[TuneQuestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = prepared("redis", goal=read_goal("enqueue"))
    assert "hiredis" in {one.name for one in given.choice.candidates}

    def maker(present: Present) -> Any:
        def make(base: Subject, settings: Mapping[str, Any], label: str) -> Subject:
            if "hiredis" in settings:
                raise UsageError("no index can be reached")
            return replace(base, label=label)

        return make

    monkeypatch.setattr(module, "maker", maker)
    ended(given, lambda *_: Played(promises=[], notes=[]))
    (question,) = asked
    assert "hiredis" not in {name for name, _ in question.candidates}
    assert ("hiredis", "no index can be reached") in {(one.name, one.why) for one in question.left_out}


@pytest.mark.slow
def test_a_real_search_ends_with_a_valid_record() -> None:
    asked = {"goal": read_goal("enqueue"), "only": ["broker_transport_options.body_encoding"], "budget_s": 20.0}
    stages: list[str] = []
    record = tune(
        prepared("valkey", **asked),
        lambda comparison, enough, absent: measured(
            comparison, None, lambda _subjects, _servers: None, enough=enough, absent=absent
        ),
        lambda *_: Played(promises=[], notes=[]),
        tell=lambda _: None,
        began=lambda stage, _: stages.append(stage),
    )
    assert TuneRecord.model_validate_json(record.model_dump_json()) == record
    assert stages == [one.name for one in record.stages]
    assert stages[0] == "screening"
    assert record.tried or record.left_out
    assert record.subject.server
