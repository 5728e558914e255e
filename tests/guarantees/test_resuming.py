"""A matrix that was left is gone on with: what is there counts, and what is new is put into it."""

from dataclasses import replace
from typing import Any

import pytest
from matrices import make_cell, make_matrix, make_subject, not_run, six_matrix

from bench.ab.virtualenvs import Interpreter
from bench.guarantees import resuming
from bench.guarantees.resuming import known_cells, merged, refuse_other_versions, subjects_of
from bench.processes.subject import label_subjects
from brokers import split_subject
from brokers.errors import UsageError


def places(matrix: Any) -> list[tuple[str, str]]:
    return [(cell.subject, cell.fault) for cell in matrix.cells]


def test_a_cell_that_was_not_run_is_tried_again() -> None:
    cells = [make_cell("redis"), not_run("rabbitmq", "worker-killed-late", "no server")]
    assert known_cells(make_matrix(*cells)) == cells[:1]


def test_subjects_run_again_under_the_same_names() -> None:
    matrix = make_matrix(make_cell("redis:durable"), make_cell("redis:durable#2"))
    assert [(one.label, one.broker.name, one.profile.name) for one in subjects_of(matrix)] == [
        ("redis:durable", "redis", "durable"),
        ("redis:durable#2", "redis", "durable"),
    ]


def test_new_cells_take_the_place_of_old_ones_and_the_others_stay() -> None:
    old = make_matrix(
        make_cell("redis", "a"),
        not_run("rabbitmq", "a", "no server"),
        make_cell("redis", "b"),
        repeats=3,
        duration_s=60,
    )
    new = make_matrix(make_cell("rabbitmq", "a"), repeats=1, duration_s=5)
    whole = merged(old, new)
    assert places(whole) == [("redis", "a"), ("rabbitmq", "a"), ("redis", "b")]
    assert whole.cells[1].outcome == "kept"
    assert (whole.repeats, whole.duration_s, whole.status) == (3, 65, "finished")
    assert [subject.label for subject in whole.subjects] == ["redis", "rabbitmq"]


def test_faults_of_a_group_stay_together() -> None:
    old = six_matrix()
    new = make_matrix(make_cell("redis", "child-killed-early"))
    groups = [fault.group for fault in merged(old, new).faults]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
    assert groups.count("worker") == 3


def test_what_a_run_without_cells_does_not_know_about_a_subject_is_kept() -> None:
    old = make_matrix(make_cell("redis"), make_cell("rabbitmq"))
    fresh = make_subject("redis", python=None, versions={}, settings={})
    new = make_matrix(make_cell("redis", "b"), subjects=[fresh])
    assert merged(old, new).subjects[0] == make_subject("redis")


def test_a_matrix_of_other_versions_is_not_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = label_subjects([split_subject("memory")])
    matrix = make_matrix(make_cell("memory"))
    monkeypatch.setattr(resuming, "version", lambda name: {"celery": "5.7.0", "kombu": "5.8.1"}[name])
    with pytest.raises(UsageError, match=r"out ran on kombu 5\.7\.0, but this is 5\.8\.1: start a new matrix"):
        refuse_other_versions(matrix, subjects, "out")


def test_the_versions_are_those_of_the_subjects_own_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    (subject,) = label_subjects([split_subject("memory")])
    monkeypatch.setattr(resuming, "look_at", lambda path: Interpreter(path, installed={"celery": "4.4.3"}))
    with pytest.raises(UsageError, match=r"out ran on celery 5\.7\.0, but this is 4\.4\.3"):
        refuse_other_versions(make_matrix(make_cell("memory")), [replace(subject, interpreter="/old/python")], "out")


def test_a_matrix_of_the_same_versions_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = label_subjects([split_subject("memory")])
    record = make_subject("memory", server=None)
    monkeypatch.setattr(resuming, "version", lambda _: "5.7.0")
    refuse_other_versions(make_matrix(make_cell("memory"), subjects=[record]), subjects, "out")
