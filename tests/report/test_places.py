"""Places of a series are told in words, in tables, in sentences and along axes."""

import pytest
from made_results import HOSTILE

from bench.records.turns import Place
from bench.text.places import axis_title, place_key, place_name, place_words, swept, without


@pytest.mark.parametrize(
    ("at", "name", "words"),
    [
        ({}, "", ""),
        ({"load": 0.5}, "at 50 %", "at 50 % of its own capacity"),
        ({"load": 0.125}, "at 12.5 %", "at 12.5 % of its own capacity"),
        ({"rate_per_s": 200}, "at 200/s", "at 200 tasks/s"),
        ({"idle_s": 5}, "idle 5 s", "after 5 s of idleness"),
        ({"idle_s": 0.2}, "idle 0.2 s", "after 0.2 s of idleness"),
        ({"payload_bytes": 1024}, "payload 1 KiB", "with a payload of 1 KiB"),
        ({"concurrency": 4}, "concurrency 4", "at concurrency 4"),
        ({"rtt_ns": 0}, "at 0 ms", "at a distance of 0 ms"),
        ({"rtt_ns": 300_000}, "at 0.3 ms", "at a distance of 0.3 ms"),
        ({"rtt_ns": 30_000_000}, "at 30 ms", "at a distance of 30 ms"),
        ({"rtt_ns": 40_000}, "at 40 us", "at a distance of 40 us"),
        ({"pool": "threads"}, "pool threads", "with pool threads"),
        ({"prefetch_multiplier": 4}, "prefetch multiplier 4", "with prefetch multiplier 4"),
        ({"queue_bytes": 2048}, "queue 2 KiB", "with queue 2 KiB"),
        ({"sleep_s": 0.5}, "sleep 0.5 s", "with sleep 0.5 s"),
        (
            {"payload_bytes": 1024, "load": 0.5},
            "payload 1 KiB, at 50 %",
            "with a payload of 1 KiB, at 50 % of its own capacity",
        ),
    ],
)
def test_a_place_is_told_in_few_words_and_in_a_sentence(at: Place, name: str, words: str) -> None:
    assert place_name(at) == name
    assert place_words(at) == words


def test_a_load_is_told_with_its_rate() -> None:
    assert place_name({"load": 0.8}, 1440.2) == "at 80 % (1,440/s)"
    assert place_name({"concurrency": 4}, 1440.2) == "concurrency 4"


def test_what_others_wrote_is_cleaned_and_no_format() -> None:
    shown = place_name({HOSTILE: HOSTILE, "{0}": 3.0})
    assert "\x1b" not in shown
    assert shown.endswith("{0} 3")
    assert axis_title("{0}") == "{0}"


def test_the_order_of_its_parts_makes_no_other_place() -> None:
    assert place_key({"load": 0.5, "concurrency": 4}) == place_key({"concurrency": 4.0, "load": 0.5})


def test_swept_is_what_has_several_numbers() -> None:
    places: list[Place] = [{"load": 0.5, "concurrency": count, "pool": pool} for count in (1, 2) for pool in "ab"]
    assert swept(places) == ["concurrency"]
    assert without(places[0], "concurrency") == {"load": 0.5, "pool": "a"}
