"""Scales, and the points that pictures are drawn from."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_results import histogram_of, make_result, warmup_result
from rich_results import bare_rich_result, rich_result, sweep_result

from bench.records.figures import Row
from bench.records.result import Result
from bench.report.pictures.frame import Picture
from bench.report.pictures.of_section import pictures
from bench.report.pictures.points import by_percentile, percentiles_shown
from bench.report.pictures.scales import ScaleOf, is_wide, linear_scale, log_scale, log_ticks, scale_from_zero
from bench.report.pictures.svg import Canvas, drawn_both_ways, shortened
from bench.report.sections import sections

_POSITIVE = st.floats(min_value=1e-3, max_value=1e12)


@given(st.sampled_from([scale_from_zero, log_scale]), st.lists(_POSITIVE, min_size=1, max_size=9))
def test_every_value_lies_on_its_scale_in_order(scale_of: ScaleOf, values: list[float]) -> None:
    scale = scale_of(values, 10, 410)
    places = [scale(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(10 - 1e-6 <= place <= 410 + 1e-6 for place in places)


@given(st.sampled_from([scale_from_zero, log_scale]), st.lists(_POSITIVE, min_size=1, max_size=9))
def test_every_scale_has_a_few_ticks_that_lie_on_it(scale_of: ScaleOf, values: list[float]) -> None:
    scale = scale_of(values, 10, 410)
    assert 1 <= len(scale.ticks) <= 7
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks)


def test_a_logarithmic_scale_suits_a_range_of_over_ten_without_zero() -> None:
    assert [is_wide(values) for values in ([1, 10], [1, 11], [0, 11], [])] == [False, True, False, False]
    assert scale_from_zero([], 0, 100).ticks[0] == 0


def test_a_picture_is_drawn_on_both_scales_and_with_a_zero_on_one() -> None:
    def draw(scale_of: ScaleOf) -> Canvas:
        return Canvas(40, "linear" if scale_of is scale_from_zero else "logarithmic", "")

    drawings = [drawn_both_ways(draw, values) for values in ([1, 2], [1, 20], [0, 20])]
    assert ["logarithmic" in one.shown for one in drawings] == [one.logarithmic for one in drawings]
    assert [one.logarithmic for one in drawings] == [False, True, False]
    assert [one.other and "linear" in one.other for one in drawings] == [False, True, None]
    assert drawn_both_ways(draw, [1, 20], logarithmic=False).logarithmic is False


def test_ticks_of_a_wide_logarithmic_scale_are_thinned() -> None:
    assert log_ticks(2, 50) == (2, 5, 10, 20, 50)
    assert log_ticks(1, 50) == (1, 3, 10, 30)
    assert log_ticks(1, 1e9) == (1, 100, 10_000, 1e6, 1e8)


@given(st.lists(_POSITIVE, min_size=1, max_size=9))
def test_a_logarithmic_scale_has_two_ticks_at_least(values: list[float]) -> None:
    scale = log_scale(values, 10, 410)
    assert scale.logarithmic
    assert len(scale.ticks) >= 2


@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=99), st.lists(st.floats(0, 1), min_size=1))
def test_a_quantile_of_a_histogram_is_the_shortest_that_so_many_do_not_exceed(
    samples: list[int], shares: list[float]
) -> None:
    histogram = histogram_of(samples)
    assert histogram
    for share in shares:
        found = histogram.counted().quantile(share)
        assert sum(sample <= found for sample in samples) >= share * len(samples) * (1 - 1e-9)
        assert sum(sample < found for sample in samples) <= share * len(samples)


def test_a_curve_by_percentile_rises_and_ends_where_ten_samples_lie_beyond() -> None:
    points = by_percentile(_row(make_result(blocks=50)).histogram)
    assert [time for _, time in points] == sorted(time for _, time in points)
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(1 - 10 / 1000)


def test_percentiles_without_ten_samples_beyond_are_not_shown() -> None:
    shown = [list(percentiles_shown(_row(make_result(blocks=blocks)).histogram)) for blocks in (10, 50)]
    assert shown == [[0.5, 0.9, 0.95], [0.5, 0.9, 0.95, 0.99]]


def test_without_a_histogram_there_is_no_curve() -> None:
    assert by_percentile(_row(warmup_result()).histogram) == []
    assert percentiles_shown(None) == {}


def test_a_metric_has_its_pictures() -> None:
    rich, sweep = rich_result(), sweep_result()
    assert captions(rich, "enqueue") == [
        "Enqueue: median of one call",
        "Enqueue: time of one call by percentile",
        "Enqueue: Celery's share of its ceilings",
        "Enqueue: drift over the run",
    ]
    assert captions(rich, "latency") == [
        "Latency: by load, as a share of the subject's own capacity",
        "Latency: by percentile, at 50 % of its own capacity",
        "Latency: drift over the run, at 50 % of its own capacity",
    ]
    assert captions(rich, "wakeup")[0] == "Wakeup: by how long the queue was idle"
    assert captions(rich, "first-publish")[0] == "First publish: mean of a first call"
    assert captions(rich, "capacity") == ["Capacity: highest sustained rate"]
    assert captions(rich, "phases") == ["Phases: mean time in each phase"]
    assert captions(rich, "cost") == ["Cost: CPU time of a task"]
    assert captions(sweep, "throughput") == ["Throughput: by worker concurrency"]
    assert captions(sweep, "latency")[:2] == [
        "Latency: by payload, at 50 % of its own capacity",
        "Latency: by load, as a share of the subject's own capacity, with a payload of 1 KiB",
    ]


def test_a_series_of_names_is_drawn_as_rows() -> None:
    (picture,) = (one for one in drawn(sweep_result(), "wakeup") if "mean" in one.caption)
    assert [row[0] for row in picture.table.rows][:2] == ["redis, pool prefork", "rabbitmq, pool prefork"]


def test_the_other_places_are_folded() -> None:
    folded = [picture.caption for picture in drawn(rich_result(), "latency") if picture.folded]
    assert folded == [
        "Latency: by percentile, at 25 % of its own capacity",
        "Latency: by percentile, at 80 % of its own capacity",
    ]


def test_what_is_void_is_in_no_picture() -> None:
    pictures_ = drawn(rich_result(), "latency", "durable")
    assert all(picture.method.endswith("Void figures are not drawn.") for picture in pictures_)
    (by_load,) = (picture for picture in pictures_ if "by load" in picture.caption)
    assert by_load.table.rows[-1][0] == "80 %"
    assert by_load.table.rows[-1][3:] == ["\N{EN DASH}"] * 2


def test_a_fit_is_drawn_no_further_than_was_measured_or_than_its_peak() -> None:
    result = sweep_result()
    (picture,) = drawn(result, "throughput")
    assert "redis peaks at a concurrency of 21.4." in picture.method
    assert "rabbitmq has no peak: throughput still rose at the highest concurrency." in picture.method
    assert len(picture.table.head) == 7
    peak = result.scaling[0].model_copy(update={"peak_concurrency": 64})
    (beyond,) = drawn(result.model_copy(update={"scaling": [peak, *result.scaling[1:]]}), "throughput")
    last = [[ends.rpartition("L")[2] for ends in _curves(one)] for one in (picture, beyond)]
    assert [float(end.split(",")[0]) for end in last[0]] == pytest.approx([393.5] * 3, abs=1)  # 32 of 33.6
    assert [float(end.split(",")[0]) for end in last[1]] == pytest.approx([393.5, 228.7, 228.7], abs=1)  # of 67.2


def test_an_early_acknowledgement_is_drawn_beside_the_phases_and_a_late_one_after_them() -> None:
    early, late = drawn(rich_result(), "phases")[0], drawn(rich_result(), "phases", "durable")[0]
    assert [row[-1] for row in early.table.rows] == ["1.69 ms", "642 us", "8.87 ms"]
    assert [row[-1] for row in late.table.rows] == ["6.44 ms", "8.74 ms"]


def test_records_that_lack_what_they_may_lack_make_no_picture() -> None:
    result = bare_rich_result()
    assert [caption for section in sections(result) for caption in captions(result, section.metric)] == []


@pytest.mark.parametrize("kind", range(6))
def test_the_hatching_of_a_bar_lies_on_it(kind: int) -> None:
    canvas = Canvas(40, "title", "description")
    canvas.bar((10, 97), 5, 14, kind)
    lines = re.findall(r'd="([^"]*)" transform="translate\(10,5\)"', canvas.markup())
    assert bool(lines) == (kind not in (0, 5))
    for x, y in re.findall(r"[ML]([-\d.]+),([-\d.]+)", " ".join(lines)):
        assert 0 <= float(x) <= 87
        assert 0 <= float(y) <= 14


def test_a_linear_scale_begins_at_zero() -> None:
    assert linear_scale(7, 0, 100).ticks == (0, 2, 4, 6, 8)


def test_a_long_label_is_cut_with_an_ellipsis() -> None:
    assert shortened("rabbitmq", 8) == "rabbitmq"
    assert shortened("rabbitmq", 7) == "rabbit\N{HORIZONTAL ELLIPSIS}"


def drawn(result: Result, metric: str, tier: str = "fast") -> list[Picture]:
    section = next(one for one in sections(result) if (one.metric, one.tier) == (metric, tier))
    return pictures(section, result)


def captions(result: Result, metric: str) -> list[str]:
    return [picture.caption for picture in drawn(result, metric) if not picture.folded]


def _curves(picture: Picture) -> list[str]:
    """Return the paths of the curves, without those of the legend."""
    paths = re.findall(r'd="([^"]+)" class="curve', picture.drawing.shown)
    return [path for path in paths if path.count("L") > 1]


def _row(result: Result) -> Row:
    return next(row for row in result.summary if (row.subject, row.metric) == ("redis", "enqueue"))
