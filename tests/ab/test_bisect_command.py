"""The command ``bisect`` around the search: what it prints last, and its exit code."""

from importlib import import_module
from typing import Any

import pytest

from bench.cli import cli
from bench.stats.intervals import PairedRatio

RELEASES = ["5.4.2", "5.5.0", "5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.6.0", "5.6.1", "5.6.2", "5.7.0"]
bisecting = import_module("bench.commands.bisect")


@pytest.fixture
def bisected(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(slow: dict[str, float], unknown: tuple[str, ...] = ()) -> tuple[int, str]:
        def tried(_: Any, release: str) -> tuple[str, PairedRatio | None]:
            if release in unknown:
                return "inconclusive", None
            ratio = slow.get(release)
            return ("regressed", PairedRatio(ratio, 0.9 * ratio, 1.1 * ratio)) if ratio else ("within", None)

        monkeypatch.setattr(bisecting, "releases_between", lambda *_: RELEASES)
        monkeypatch.setattr(bisecting, "_try", tried)
        arguments = ["bisect", "sqs", "--package", "kombu", "--good", "5.4.2", "--bad", "5.7.0"]
        code = cli.main(arguments, standalone_mode=False)
        return code, capsys.readouterr().out

    return run


def test_two_runs_of_bad_releases_are_both_told(bisected: Any) -> None:
    slow = dict.fromkeys(RELEASES[1:6], 0.01) | {"5.7.0": 0.02}
    code, out = bisected(slow)
    assert code == 1
    assert "kombu changes more than once: worse from 5.5.0 on (5.4.2 is not); good again" in out
    assert "worse from 5.7.0 on (5.6.2 is not)" in out
    assert "brokerbench releases sqs --package kombu --from 5.4.2 --to 5.7.0" in out


def test_one_change_ends_with_one_and_claims_a_run(bisected: Any) -> None:
    code, out = bisected(dict.fromkeys(RELEASES[4:], 0.5))
    assert code == 1
    assert "kombu 5.5.3 is the first of a run of releases that are worse" in out
    assert "Not tried: " in out


def test_a_change_that_cannot_be_placed_ends_with_three(bisected: Any) -> None:
    code, out = bisected(dict.fromkeys(RELEASES[4:], 0.5), unknown=("5.5.3",))
    assert code == 3
    assert "kombu gets worse with 5.5.4, or with one of 5.5.3" in out


def test_a_last_release_that_is_not_worse_ends_with_zero(bisected: Any) -> None:
    code, out = bisected({})
    assert code == 0
    assert "kombu 5.7.0 is not worse than 5.4.2." in out
    assert bisected({}, unknown=("5.7.0",))[0] == 3
