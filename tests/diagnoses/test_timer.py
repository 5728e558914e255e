"""Pauses of one length, while tasks wait, are a timer's; its length tells which setting it is."""

from typing import Any

import pytest
from made_results import SQS
from seeing import SECOND_NS, made_evidence, made_pauses, seen

from bench.diagnoses.timer import WaitsForTimer

NEW, OLD = {"kombu": "5.7.0"}, {"kombu": "5.6.2"}
POLLING = "broker_transport_options.polling_interval"


def found(versions: dict[str, str] = NEW, settings: dict[str, Any] | None = None, **pauses: Any) -> Any:
    evidence = made_evidence(pauses=made_pauses(**pauses))
    subject = {"versions": versions, "settings": settings or {}}
    return WaitsForTimer().find(seen("throughput", evidence, made=SQS, subject=subject))


def test_pauses_as_long_as_a_default_name_its_setting_and_what_to_try() -> None:
    one = found()
    assert one.text == (
        "the worker paused while tasks waited, 10 times for 1 s, as long as its polling_interval: 91 % of the time"
    )
    assert one.share == pytest.approx(10 / 11)
    assert one.settings == {POLLING: 0.1}


def test_pauses_as_long_as_what_the_user_set_name_that_setting() -> None:
    settings = {"broker_transport_options": {"polling_interval": 3}}
    assert found(settings=settings, typical_ns=3_020_000_000).settings == {POLLING: 0.1}
    assert not found(settings=settings).settings


def test_a_setting_that_does_not_act_in_these_versions_is_not_named() -> None:
    one = found(OLD)
    assert "all of one length, as of a timer" in one.text
    assert not one.settings


@pytest.mark.parametrize(
    "pauses",
    [{"count": 1}, {"typical_ns": 15_000_000, "scatter_ns": 0}, {"scatter_ns": 200_000_000}],
    ids=["one", "short ones", "of many lengths"],
)
def test_other_pauses_are_no_timer(pauses: dict[str, Any]) -> None:
    assert found(**pauses) is None


def test_only_a_shorter_time_is_tried() -> None:
    def settings_at(length_s: float) -> Any:
        own = {"broker_transport_options": {"polling_interval": length_s}}
        return found(settings=own, typical_ns=round(length_s * SECOND_NS), scatter_ns=0).settings

    assert settings_at(0.5) == {POLLING: 0.1}
    assert settings_at(0.1) == {POLLING: 0.02}
    assert settings_at(0.02) == {}


def test_two_pauses_of_different_lengths_are_no_timer() -> None:
    assert found(count=2, typical_ns=1_000_000_000, scatter_ns=40_000_000)
    assert found(count=2, typical_ns=1_000_000_000, scatter_ns=90_000_000) is None


def test_two_pauses_are_chance_unless_a_setting_is_as_long() -> None:
    assert found(count=2).settings == {POLLING: 0.1}
    assert found(OLD, count=2) is None


def test_without_pauses_there_is_none() -> None:
    assert WaitsForTimer().find(seen("throughput", made_evidence())) is None


def test_a_pause_that_is_longer_than_the_timer_by_a_round_trip_is_the_timers() -> None:
    assert found(typical_ns=round(1.15 * SECOND_NS), scatter_ns=10_000_000).settings
