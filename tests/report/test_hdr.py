import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.report.hdr import HdrInterval, hdr_interval_log
from bench.report.hdr_encoding import encoded_histogram
from bench.stats.histogram import Histogram

pytest.importorskip("hdrh", reason="hdrhistogram has a wheel for x86-64 alone")
from hdrh.histogram import HdrHistogram  # after the line above
from hdrh.log import HistogramLogReader

STARTED_AT = datetime(2026, 3, 4, 5, 6, 7, 250_000, tzinfo=UTC)


def read(text: str, directory: Path) -> list[HdrHistogram]:
    path = directory / "latency.hlog"
    path.write_text(text)
    with closing(HistogramLogReader(str(path), HdrHistogram(1, 2, 3))) as reader:
        found = []
        while (histogram := reader.get_next_interval_histogram()) is not None:
            found.append(histogram)
        return found


def counted(hdr: HdrHistogram) -> Histogram:
    """Count what a reader finds, as our histogram does: by the buckets' values."""
    filled = [(hdr.get_value_from_index(index), hdr.get_count_at_index(index)) for index in np.flatnonzero(hdr.counts)]
    return Histogram.of(value for value, count in filled for _ in range(count))


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def test_a_log_is_read_back_with_equal_counts_times_and_tags(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    ours = [Histogram.of(rng.lognormal(14, 2, 2000).astype(np.int64)) for _ in range(3)]
    intervals = [HdrInterval(f"redis:aof/{n}", n * 1.5, 1.25, histogram) for n, histogram in enumerate(ours)]
    theirs = read(hdr_interval_log(intervals, STARTED_AT), tmp_path)
    assert [counted(hdr) for hdr in theirs] == ours
    assert [hdr.get_tag() for hdr in theirs] == ["redis:aof/0", "redis:aof/1", "redis:aof/2"]
    started_ms = STARTED_AT.timestamp() * 1000
    assert [hdr.get_start_time_stamp() - started_ms for hdr in theirs] == pytest.approx([0, 1500, 3000], abs=0.1)
    assert [hdr.get_end_time_stamp() - started_ms for hdr in theirs] == pytest.approx([1250, 2750, 4250], abs=0.1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(min_value=-(2**63), max_value=2**62), max_size=50))
def test_every_sample_is_in_the_log_or_counted_in_a_comment(tmp_path: Path, samples_ns: list[int]) -> None:
    text = hdr_interval_log([HdrInterval("a", 0, 1, Histogram.of(samples_ns))], STARTED_AT)
    [hdr] = read(text, tmp_path)
    assert counted(hdr) == Histogram.of([sample for sample in samples_ns if sample >= 0])
    negative = [int(found[1]) for line in comments(text) if (found := re.match(r"#(\d+) samples", line))]
    assert sum(negative) + hdr.get_total_count() == len(samples_ns)


def test_negative_values_are_told_with_their_interval_before_its_line() -> None:
    histograms = [Histogram.of([1, 2]), Histogram.of([-70, -5, -5, 3])]
    text = hdr_interval_log([HdrInterval("a", 0, 1, histograms[0]), HdrInterval("b", 1, 1, histograms[1])], STARTED_AT)
    before, told, line = text.splitlines()[-3:]
    assert before.startswith("Tag=a,")
    assert told == (
        "#3 samples of Tag=b at 1.000000 s were below 0 (the lowest: -70 ns) and cannot be in its histogram."
    )
    assert line.startswith("Tag=b,1.000000,1.000000,3.000000,HIST")


def test_the_head_says_the_unit_the_version_and_the_start() -> None:
    head = hdr_interval_log([], STARTED_AT).splitlines()
    assert "nanoseconds" in head[0]
    assert head[1:] == [
        "#[Histogram log format version 1.2]",
        "#[StartTime: 1772600767.250 (seconds since epoch), 2026-03-04T05:06:07.250000+00:00]",
        "#[BaseTime: 1772600767.250000 (seconds since epoch)]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]


def test_intervals_are_written_in_the_order_of_their_starts_and_can_be_added_up(tmp_path: Path) -> None:
    ours = {tag: Histogram.of([size]) for tag, size in (("late", 10), ("early", 10**12))}
    intervals = [HdrInterval("late", 9, 1, ours["late"]), HdrInterval("early", 2, 1, ours["early"])]
    early, late = read(hdr_interval_log(intervals, STARTED_AT), tmp_path)
    assert (early.get_tag(), late.get_tag()) == ("early", "late")
    late.add(early)
    assert counted(late) == Histogram.merged(ours.values())


@pytest.mark.parametrize("value_ns", [-1, 11])
def test_a_value_out_of_the_histograms_range_is_an_error(value_ns: int) -> None:
    with pytest.raises(ValueError, match=f"2 samples of {value_ns} ns do not fit"):
        encoded_histogram([(value_ns, 2)], 10)


@pytest.mark.parametrize("count", [1, 63, 64, 2**20, 2**40, 2**61])
def test_a_count_of_any_size_is_read_back(count: int) -> None:
    assert HdrHistogram.decode(encoded_histogram([(5, count)], 10)).get_count_at_value(5) == count


@pytest.mark.parametrize("tag", ["", "a,b", "a b", "a\nb"])
def test_a_tag_that_would_break_the_line_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="remove commas and white space"):
        HdrInterval(tag, 0, 1, Histogram.of([]))


@pytest.mark.parametrize(("start_s", "length_s"), [(-1, 1), (1, -1), (float("nan"), 1)])
def test_times_that_a_reader_would_pass_over_are_refused(start_s: float, length_s: float) -> None:
    with pytest.raises(ValueError, match="neither can be negative"):
        HdrInterval("a", start_s, length_s, Histogram.of([]))


def test_a_start_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        hdr_interval_log([], STARTED_AT.replace(tzinfo=None))
