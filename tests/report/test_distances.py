"""What a reader sees of a distance: what was put between, which figures are void, and which part is round trips."""

import io

import pytest
from distant_results import (
    FULL,
    TRIPS,
    distant_result,
    missed_result,
    narrow_result,
    way,
    with_own_servers,
    with_ways,
)
from rich.console import Console
from rich_results import map_result, rich_result, swept_distance_result

from bench.records.distance import Distance
from bench.records.provenance import WayRecord
from bench.records.result import Result
from bench.report.caveats import caveats
from bench.report.details import print_details
from bench.report.headline import headline
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.method import DISTANCE, reading
from bench.report.overview import overview
from bench.report.remarks import remarks
from bench.report.round_trips import round_trip_sentences
from bench.report.sections import sections
from bench.report.unmeasured import is_unmeasured
from bench.report.ways import distance_words, way_table
from bench.text.numbers import MISSING


def of_metric(metric: str, result: Result) -> list[str]:
    (section,) = (one for one in sections(result) if one.metric == metric)
    return round_trip_sentences(section, result)


def test_each_at_its_own_distance_is_a_comparison_of_both_together() -> None:
    assert caveats(distant_result())[-1].partition("; ")[2] == (
        "all servers ran on this machine, and a relay put each at the distance in its name: round trips of the raw "
        "client took 0.31 ms, 2.01 ms and 8.01 ms more than without it; so each ratio compares a broker and its "
        "distance together."
    )


def test_the_same_distance_for_all_is_said_once_with_all_that_was_put_there() -> None:
    assert caveats(narrow_result()) == [
        "All servers ran on this machine, and a relay put them 0.5 ms away, with a jitter of 0.1 ms, 10 MB/s each way "
        "and 1 % of the pieces stalled: round trips of the raw client took 0.51 ms more than without it."
    ]


def test_on_a_users_server_the_real_round_trip_stands_beside_the_added_one() -> None:
    assert caveats(with_own_servers(narrow_result())) == [
        "The servers are yours, and the distance to them is in the figures; a relay put them 0.5 ms away, with a "
        "jitter of 0.1 ms, 10 MB/s each way and 1 % of the pieces stalled: round trips of the raw client took 0.51 ms "
        "more than without it, where they took 52 us."
    ]


def test_a_relay_without_a_round_trip_puts_nothing_0_ns_away() -> None:
    result = distant_result()
    stalled = way(0).model_copy(update={"distance": Distance(stalled=0.01)})
    assert caveats(with_ways(result, {"redis@0.3ms": [stalled]}))[-1].endswith(
        "a relay stood between the clients and redis@0.3ms, with 1 % of the pieces stalled: round trips of the raw "
        "client took 10 us more than without it."
    )


def test_a_jitter_of_subjects_at_their_own_distances_is_in_the_report() -> None:
    result = distant_result()
    shaky = result.model_copy(update={"workload": result.workload.model_copy(update={"jitter": "0.1ms"})})
    assert "| distance | a jitter of 0.1 ms |" in markdown(shaky)


def test_void_figures_whose_reasons_differ_in_their_numbers_alone_are_one_line() -> None:
    result = map_result()
    ways = [
        way(rtt_ns, at={"rtt_ns": rtt_ns}).model_copy(update={"distance": Distance(rtt_ns=rtt_ns)})
        for rtt_ns in (1_000_000, 10_000_000)
    ]
    rows = [
        row.model_copy(update={"void": f"late by {row.at['rtt_ns']} ns"})
        if row.subject == "rabbitmq" and row.metric == "enqueue" and row.at["rtt_ns"] in (1_000_000, 10_000_000)
        else row
        for row in result.summary
    ]
    void = with_ways(result.model_copy(update={"summary": rows}), {"rabbitmq": ways})
    (told,) = [line for line in remarks(void) if line.startswith("void: ")]
    assert told.startswith("void: rabbitmq's enqueue (at 1 ms, ")
    assert told.endswith(": for example, late by 1000000 ns.")
    assert headline(void)[0].count("void or not measured at 6 of 15 points") == 1


def test_void_figures_of_several_metrics_and_subjects_are_one_line_for_each_reason() -> None:
    result = swept_distance_result()
    reasons = {300_000: "late by 2 ms", 1_000_000: "late by 3 ms", 30_000_000: "the relay ended"}
    rows = [row.model_copy(update={"void": reasons.get(int(row.at["rtt_ns"]))}) for row in result.summary]
    assert [line for line in remarks(result.model_copy(update={"summary": rows})) if line.startswith("void: ")] == [
        "void: redis's, rabbitmq's and sqs (ministack)'s enqueue and throughput at 0.3 ms and 1 ms: "
        "for example, late by 2 ms.",
        "void: redis's, rabbitmq's and sqs (ministack)'s enqueue and throughput at 30 ms: the relay ended.",
    ]


def test_empty_cells_of_a_sweep_are_one_line_that_says_why() -> None:
    result = swept_distance_result()
    far = [row for row in result.summary if row.at["rtt_ns"] >= 10_000_000]
    lost = [row for row in far if row.metric == "throughput" or row.subject == "sqs"]
    found = result.model_copy(update={"summary": [row for row in result.summary if row not in lost]})
    (told,) = [line for line in remarks(found) if line.startswith("no time was left")]
    assert told == (
        "no time was left for enqueue at 10 ms and 30 ms (sqs (ministack)); "
        "throughput at 10 ms and 30 ms (redis, rabbitmq and sqs (ministack)): "
        "use --full, use --metric enqueue alone, or sweep fewer values."
    )
    assert is_unmeasured(found)
    assert not is_unmeasured(result)
    early = found.model_copy(update={"status": "interrupted"})
    assert any(line.startswith("the run ended too early for enqueue at 10 ms") for line in remarks(early))
    few = [row.model_copy(update={"per_second": None, "median_ns": None, "mean_ns": None}) for row in result.summary]
    assert [line for line in remarks(result.model_copy(update={"summary": few})) if "at every point" in line] == [
        "too few samples for enqueue and throughput at every point (redis, rabbitmq and sqs (ministack)): "
        "use --full, use --metric enqueue alone, or sweep fewer values."
    ]


def test_a_subject_that_stays_near_is_not_named_as_far() -> None:
    result = distant_result()
    some = with_ways(result, {"sqs@8ms": [way(8_000_000)]})
    assert "a relay put sqs@8ms at the distance in its name: round trips" in caveats(some)[-1]


def test_a_swept_distance_is_told_from_its_lowest_to_its_highest() -> None:
    ways = [way(rtt_ns, at={"rtt_ns": rtt_ns}) for rtt_ns in (300_000, 30_000_000)]
    result = narrow_result()
    swept = with_ways(result, {one.label: ways for one in result.subjects})
    assert caveats(swept) == ["All servers ran on this machine, and a relay put them 0.3 ms to 30 ms away."]


def test_a_narrow_line_alone_puts_nothing_farther_away() -> None:
    result = narrow_result()
    narrow = WayRecord(distance=Distance(bytes_per_s=1e6))
    assert caveats(with_ways(result, {one.label: [narrow] for one in result.subjects})) == [
        "All servers ran on this machine, and a relay stood between the clients and redis@0.5ms and rabbitmq@0.5ms, "
        "with 1 MB/s each way."
    ]


def test_a_jitter_of_subjects_with_round_trips_of_their_own_is_reported() -> None:
    result = distant_result()
    jittery = result.model_copy(update={"workload": result.workload.model_copy(update={"jitter": "0.1ms"})})
    assert "a jitter of 0.1 ms" in markdown(jittery)


def test_a_distance_that_was_not_kept_is_said_before_anything_is_believed() -> None:
    assert caveats(missed_result())[0] == (
        "The distance of redis@0.3ms was not kept (round trips took 1.92 ms longer instead of 0.3 ms), so the figures "
        "there are void: measure again on a quieter machine."
    )


def test_void_figures_that_are_no_rows_have_their_reason_after_those_of_the_rows() -> None:
    result = rich_result()
    phases = [one.model_copy(update={"void": "late"}) if one.subject == "redis" else one for one in result.phases]
    assert remarks(result.model_copy(update={"phases": phases})) == [*remarks(result), "void: redis's phases: late."]


def test_void_figures_are_void_in_the_headline_and_in_the_overview() -> None:
    result = missed_result()
    assert headline(result)[0] == "rabbitmq@2ms's enqueue is not compared, because redis@0.3ms's is void."
    found = overview(result)
    verdicts = {row.subject: [cell.verdict for cell in row.cells if cell] for row in found.rows}
    assert verdicts["redis@0.3ms"] == ["void", "void"]
    assert verdicts["rabbitmq@2ms"] == ["not judged", "not judged"]
    assert found.notes[-1].endswith(
        "round trips took 1.92 ms longer instead of 0.3 ms: measure again on a quieter machine."
    )


def test_the_table_of_distances_has_what_was_asked_added_and_real() -> None:
    table = way_table(distant_result()).table
    assert table.head == ["subject", "asked", "added", "added, p99", "without it", "relay's own"]
    assert table.rows[0] == ["redis@0.3ms", "0.3 ms", "0.31 ms", "0.395 ms", "52 us", "28 us"]


def test_a_stall_is_called_what_it_is() -> None:
    assert (
        "1 % of the pieces stalled: they wait 200 ms and a round trip longer, as TCP does for a lost segment; the "
        "relay stands above the kernel and loses no packet."
    ) in way_table(narrow_result()).note


def test_a_way_that_no_client_could_measure_has_dashes() -> None:
    result = narrow_result()
    unknown = dict.fromkeys(("real_rtt_ns", "added_ns", "added_p99_ns", "relay_ns", "late_ns"))
    ways = {one.label: [way(500_000).model_copy(update=unknown)] for one in result.subjects}
    assert way_table(with_ways(result, ways)).table.rows[0] == ["redis@0.5ms", "0.5 ms", *[MISSING] * 4]
    assert caveats(with_ways(result, ways))[-1].endswith("a relay put them 0.5 ms away.")


@pytest.mark.parametrize("write", [markdown, html])
def test_the_reports_have_the_distances_and_how_to_read_them(write: object) -> None:
    assert callable(write)
    text = write(narrow_result())
    for what in ("Distances", "relay&#39;s own" if write is html else "relay's own", DISTANCE.partition(",")[0]):
        assert what in text


def test_the_details_in_the_terminal_have_the_distances() -> None:
    console = Console(width=80, file=io.StringIO())
    print_details(distant_result(), console)
    assert isinstance(console.file, io.StringIO)
    assert "relay's own" in console.file.getvalue()


def test_without_a_distance_nothing_is_said_of_one() -> None:
    result = with_ways(distant_result(), {})
    assert way_table(result).table.rows == []
    assert DISTANCE not in reading(result)
    assert "Distances" not in markdown(result)
    assert of_metric("enqueue", result) == []


def test_the_part_that_is_round_trips_carries_over_from_an_emulator() -> None:
    assert of_metric("enqueue", distant_result())[-1] == (
        "sqs@8ms (ministack): at most 16 ms of the 18.2 ms of an enqueue are 2 round trips of 8.01 ms; that part "
        "carries over to the service, and the rest, 2.16 ms, is the emulator's and Celery's."
    )


def test_of_a_server_the_part_is_told_without_a_rest() -> None:
    assert of_metric("enqueue", distant_result())[0] == (
        "redis@0.3ms: at most 310 us of the 765 us of an enqueue are 1 round trip of 0.31 ms."
    )


def test_round_trips_that_are_not_waited_for_are_never_more_than_the_figure() -> None:
    assert of_metric("throughput", distant_result())[1] == (
        "rabbitmq@2ms: 0.91 round trips of 2.01 ms were counted, which is more than the 1.27 ms of each task that a "
        "worker drains: not all are waited for."
    )


def test_on_a_users_server_a_round_trip_has_its_real_part() -> None:
    assert "1 round trip of 0.362 ms" in of_metric("enqueue", with_own_servers(distant_result()))[0]


def test_a_void_figure_has_no_part() -> None:
    assert len(of_metric("enqueue", missed_result())) == len(TRIPS) - 1


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (FULL, "a round trip of 0.5 ms, a jitter of 0.1 ms, 10 MB/s each way and 1 % of the pieces stalled"),
        (Distance(rtt_ns=50_000), "a round trip of 50 us"),
        (Distance(bytes_per_s=12_500), "12.5 kB/s each way"),
    ],
)
def test_a_distance_in_words(distance: Distance, words: str) -> None:
    assert distance_words(distance) == words
