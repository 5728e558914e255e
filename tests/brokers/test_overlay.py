"""Settings over settings: later ones go over earlier ones, and what a run needs goes over what a profile chooses."""

from dataclasses import replace
from typing import Any

import pytest

from brokers import Broker, find_broker
from brokers.overlay import overlay

OPTIONS = "broker_transport_options"


def test_later_settings_go_over_earlier_ones() -> None:
    assert overlay({"a": 1, "b": 1}, {"b": 2}, {"c": 3}) == {"a": 1, "b": 2, "c": 3}
    assert overlay() == {}


def test_tables_are_laid_over_one_another_key_by_key_at_every_depth() -> None:
    below = {OPTIONS: {"a": 1, "inner": {"x": 1, "y": 1}}}
    above = {OPTIONS: {"b": 2, "inner": {"y": 2}}}
    assert overlay(below, above) == {OPTIONS: {"a": 1, "b": 2, "inner": {"x": 1, "y": 2}}}


@pytest.mark.parametrize(("below", "above"), [({"a": 1}, None), (None, {"a": 1}), ([1], {"a": 1}), ({"a": 1}, [1])])
def test_what_is_not_a_table_is_replaced_as_a_whole(below: Any, above: Any) -> None:
    assert overlay({"name": below}, {"name": above}) == {"name": above}


def test_what_was_laid_over_something_shares_no_table_with_it() -> None:
    below, above = {OPTIONS: {"inner": {"x": 1}}}, {"other": {"y": 1}}
    whole = overlay(below, above)
    whole[OPTIONS]["inner"]["x"] = whole["other"]["y"] = 2
    assert (below, above) == ({OPTIONS: {"inner": {"x": 1}}}, {"other": {"y": 1}})


def settings_with(broker: Broker, url: str, **options: Any) -> dict[str, Any]:
    """Return a broker's settings for a profile that has these options of the transport."""
    profile = replace(broker.profiles["default"], settings={OPTIONS: options, "task_default_queue": "elsewhere"})
    return broker.settings(url, profile, "own")


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("memory", "memory://"),
        ("postgres", "postgresql://h"),
        ("redis", "redis://h"),
        ("rabbitmq", "amqp://h"),
        ("sqs", "http://h:4566"),
    ],
)
def test_a_profile_keeps_its_options_and_never_leads_to_another_queue(name: str, url: str) -> None:
    settings = settings_with(find_broker(name), url, chosen=7)
    assert settings[OPTIONS]["chosen"] == 7
    assert settings["task_default_queue"] == "own"


def test_the_region_of_a_url_goes_over_a_profiles() -> None:
    settings = settings_with(find_broker("sqs"), "https://sqs.eu-west-1.amazonaws.com", region="mars", a=1)
    assert settings[OPTIONS] == {"region": "eu-west-1", "a": 1}


def test_the_keys_of_a_queue_go_over_a_profiles() -> None:
    settings = settings_with(find_broker("redis"), "redis://h", unacked_key="shared", visibility_timeout=5)
    assert settings[OPTIONS]["unacked_key"] == "own.unacked_key"
    assert settings[OPTIONS]["visibility_timeout"] == 5
