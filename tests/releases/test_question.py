"""What is refused before anything is made or booted, and which releases a range has."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from bench.ab.virtualenvs import Interpreter, Release
from bench.records.workload import Workload, catalogue
from bench.releases import choosing
from bench.releases.choosing import MOST_RELEASES, chosen_releases
from bench.releases.question import ReleasesQuestion, release_metrics
from brokers.errors import UsageError
from brokers.registry import split_subject

HERE = Interpreter("python")


def question(releases: int = 20, **changes: Any) -> ReleasesQuestion:
    known: dict[str, Any] = {
        "chosen": split_subject("redis"),
        "package": "kombu",
        "releases": [Release(f"5.{number}.0", date(2025, 1, 1)) for number in range(releases)],
        "interpreter": HERE,
        "also": "",
        "workload": Workload(name="noop"),
        "metric": "throughput",
        "margin": 0.05,
        "seed": 1,
    }
    return ReleasesQuestion(**(known | changes))


def test_a_budget_that_is_too_small_names_one_that_does() -> None:
    with pytest.raises(UsageError, match="20 releases need about") as refused:
        question(budget_s=60).check()
    minutes = int(refused.value.format_message().split("--budget ")[1].split("m")[0])
    question(budget_s=60 * minutes).check()
    assert minutes <= 10


def test_without_a_budget_there_is_time_enough_for_any_number() -> None:
    for count in (2, 10, MOST_RELEASES):
        question(count).check()
        assert question(count).time_s % 60 == 0


def test_more_releases_than_fit_into_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=2 << 30))
    question(5).check()
    with pytest.raises(UsageError, match=r"25 releases need about 4.9 GiB of memory, and 2.0 GiB are free: use fewer"):
        question(25).check()


def test_a_sweep_is_refused() -> None:
    with pytest.raises(UsageError, match="is a sweep; releases are compared at one point"):
        question(workload=catalogue()["sweep-pool"]).check()


@pytest.mark.parametrize(
    ("also", "words"),
    [
        ("kombu==5.3.1", "names kombu, whose releases are measured"),
        ("Kombu[redis]", "names kombu"),
        ("ref=HEAD", "takes no ref="),
        ("python=/usr/bin/python", "no python="),
        ("wrong_setting=1", "--also|unknown|setting"),
    ],
)
def test_what_goes_along_must_not_be_what_is_measured(also: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        question(also=also).check()


def test_releases_are_compared_in_metrics_with_one_figure() -> None:
    assert {"throughput", "enqueue"} <= set(release_metrics())
    assert not {one for one in release_metrics() if "connections" in one or "cpu" in one}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return the limits with which releases were looked for; there are always as many as are asked for."""
    found: list[tuple[str, ...]] = []

    def listed(_: Interpreter, __: str, limits: tuple[str, ...], most: int, *, pre: bool = False) -> Sequence[Release]:
        found.append(limits)
        return [Release(f"5.{number}.0") for number in range(most)]

    monkeypatch.setattr(choosing, "list_releases", listed)
    return found


def test_the_newest_release_names_its_series(asked: list[tuple[str, ...]]) -> None:
    for last in ("5.7", "5.7.0", "5", "5.8.0rc1", "1!5.7"):
        chosen_releases("kombu", None, last, HERE, pre=False)
    assert asked == [("<5.8",), ("<5.7.1",), ("<6",), ("<=5.8.0rc1",), ("<1!5.8",)]


def test_without_an_oldest_release_there_are_the_ten_newest(asked: list[tuple[str, ...]]) -> None:
    assert len(chosen_releases("kombu", None, None, HERE, pre=False)) == 10
    assert asked == [()]


def test_a_range_of_too_many_names_one_that_does(asked: list[tuple[str, ...]]) -> None:
    with pytest.raises(UsageError, match=r"more than 25 releases from 5\.3 to .* later --from, for example 5\.1\.0"):
        chosen_releases("kombu", "5.3", None, HERE, pre=False)


def test_a_range_of_one_or_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, words in (
        ([], "has no release in this range"),
        ([Release("5.7.0")], r"has only the release 5\.7\.0 in this range"),
    ):
        monkeypatch.setattr(choosing, "list_releases", lambda *_, found=found, **__: found)
        with pytest.raises(UsageError, match=words):
            chosen_releases("kombu", "5.7", None, HERE, pre=False)
