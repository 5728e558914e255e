"""How durations, bandwidths and shares are written, and what is refused."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records.quantities import bytes_per_s, duration_ns, rtt_ns, share_or_zero, short_duration


@pytest.mark.parametrize(("text", "wanted_ns"), [("100ms", 10**8), ("2s", 2 * 10**9), ("1.5 us", 1500)])
def test_a_duration_has_a_unit(text: str, wanted_ns: int) -> None:
    assert duration_ns(text) == wanted_ns


@pytest.mark.parametrize("text", ["", "100", "0ms", "0.0001us", "-1ms", "5 m", "nan s", "1e3ms"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; use for example 100ms"):
        duration_ns(text)


@pytest.mark.parametrize(
    ("text", "wanted_ns"), [("0", 0), ("0ms", 0), ("0.0 us", 0), ("0.3ms", 300_000), ("1s", 10**9)]
)
def test_a_round_trip_time_may_be_zero(text: str, wanted_ns: int) -> None:
    assert rtt_ns(text) == wanted_ns


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        *((text, "is not a round-trip time; use for example 0.5ms, or 0") for text in ("", "abc", "nan", "1ms@2ms")),
        *((text, f"has no unit; use for example {text}ms") for text in ("1", "0.3")),
        *((text, "is negative; use for example 0.5ms, or 0") for text in ("-1ms", "-0.5")),
        ("0.0001us", "is shorter than a nanosecond; use for example 0.5ms, or 0"),
        ("1.0000001ms", "is too precise; use for example 1ms"),
        ("123456.7us", "is too precise; use for example 123.457ms"),
    ],
)
def test_what_is_wrong_with_a_round_trip_time_is_said_with_an_example(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} {wrong}")):
        rtt_ns(text)


@given(st.integers(1, 10**10), st.sampled_from(["us", "ms"]))
def test_two_round_trip_times_never_share_a_name(tenths: int, unit: str) -> None:
    with suppress(ValueError):
        length_ns = rtt_ns(f"{tenths / 10:.1f}{unit}")
        assert rtt_ns(short_duration(length_ns)) == length_ns


def test_no_broker_is_further_away_than_a_second() -> None:
    with pytest.raises(ValueError, match="more than 1 s"):
        rtt_ns("1.1s")


@given(st.integers(1, 10**9))
def test_a_short_duration_is_read_back(length_ns: int) -> None:
    written = short_duration(length_ns)
    assert rtt_ns(written) == pytest.approx(length_ns, rel=1e-5, abs=1)


@pytest.mark.parametrize(
    ("length_ns", "written"),
    [(300_000, "0.3ms"), (20_000, "20us"), (10**6, "1ms"), (30 * 10**6, "30ms"), (2 * 10**9, "2s")],
)
def test_a_short_duration_is_written_as_people_write_it(length_ns: int, written: str) -> None:
    assert short_duration(length_ns) == written


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10MB/s", 10e6),
        ("100Mbit/s", 12.5e6),
        ("64KiB/s", 65536),
        ("1Gbit", 125e6),
        ("1 MiB/s", 2**20),
        ("8000bitps", 1000),
    ],
)
def test_a_bandwidth_is_in_bytes_or_bits(text: str, wanted: float) -> None:
    assert bytes_per_s(text) == wanted


@pytest.mark.parametrize("text", ["", "10", "10Mb", "10mb/s", "MB/s", "-1MB/s", "1e3MB/s", "nanMB/s"])
def test_what_may_be_bits_or_bytes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a bandwidth; use for example 10MB/s or 100Mbit/s"):
        bytes_per_s(text)


@pytest.mark.parametrize("text", ["0MB/s", "999B/s", "1001Gbit/s"])
def test_a_bandwidth_has_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="is not a bandwidth between"):
        bytes_per_s(text)


@pytest.mark.parametrize(("text", "wanted"), [("1%", 0.01), ("0", 0.0), ("0 %", 0.0), ("99.9 %", 0.999)])
def test_a_share_is_a_percentage(text: str, wanted: float) -> None:
    assert share_or_zero(text) == pytest.approx(wanted)


@pytest.mark.parametrize("text", ["", "1", "100%", "-1%", "0.5", "nan%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a share; use a percentage below 100 %"):
        share_or_zero(text)
