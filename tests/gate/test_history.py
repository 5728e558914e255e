from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sides import made_environment, made_side, made_subjects

from bench.gate.history import History, Track, history_of, read_history
from bench.records.result import Result
from bench.records.workload import Workload
from bench.stats.changes import can_find_changes
from brokers.errors import UsageError

START = datetime(2026, 1, 1, tzinfo=UTC)
needs_changes = pytest.mark.skipif(not can_find_changes(), reason="fastcpd has no wheel for this machine")


def made_history(*factors: float, first: int = 0, **changes: Any) -> list[Result]:
    """Make a result a day, each slower by its factor and by a bit of chance."""
    return [
        made_side(
            factor * (1 + 0.01 * ((7 * number) % 5 - 2)),
            generations=1,
            blocks=1,
            started_at=START + timedelta(days=first + number),
            **changes,
        )
        for number, factor in enumerate(factors)
    ]


def track_of(history: History, metric: str = "enqueue") -> Track:
    (track,) = (track for track in history.tracks if track.benchmark.metric == metric)
    return track


def test_each_figure_is_a_line_of_all_results_in_the_order_of_their_time() -> None:
    history = history_of(reversed(made_history(1.0, 1.5, 2.0)))
    assert [track.benchmark.metric for track in history.tracks] == ["enqueue", "throughput"]
    values = [moment.estimate.value for moment in track_of(history).moments]
    assert values == sorted(values)
    assert history.results == 3


@needs_changes
def test_a_change_of_level_is_found_and_called_worse_or_better_by_the_metric() -> None:
    history = history_of(made_history(*[1.0] * 12, *[1.3] * 12))
    for metric, ratio in (("enqueue", 1.3), ("throughput", 1 / 1.3)):
        (change,) = track_of(history, metric).changes
        assert change.number == 12
        assert change.ratio == pytest.approx(ratio, rel=0.02)
        assert change.worse
    (better,) = track_of(history_of(made_history(*[1.3] * 12, *[1.0] * 12))).changes
    assert not better.worse


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"environment": made_environment(cpu_model="Other")}, "processor: Example CPU, then Other"),
        ({"environment": made_environment(cores_allowed=1)}, "cores: 2, then 1"),
        ({"subjects": made_subjects("redis", version="8.0")}, "server: redis 7.0.15, then redis 8.0"),
        ({"workload": Workload(name="noop", concurrency=4)}, "another workload"),
    ],
    ids=["processor", "cores", "server", "workload"],
)
def test_what_cannot_be_compared_breaks_the_line_and_is_no_change(changes: dict[str, Any], why: str) -> None:
    history = history_of([*made_history(*[1.0] * 14), *made_history(*[1.5] * 14, first=20, **changes)])
    track = track_of(history)
    assert [(one.number, one.why) for one in track.breaks] == [(14, why)]
    assert track.changes == []
    assert len(track.moments) == 28


def test_another_celery_is_what_a_history_is_for() -> None:
    newer = made_subjects("redis", versions={"celery": "5.8", "kombu": "5.7.0"})
    history = history_of([*made_history(1.0, 1.0), *made_history(1.0, first=5, subjects=newer)])
    assert track_of(history).breaks == []


def test_workloads_of_other_names_have_lines_of_their_own() -> None:
    history = history_of([*made_history(1.0), *made_history(1.0, workload=Workload(name="other"))])
    assert [track.workload for track in history.tracks] == ["noop", "noop", "other", "other"]


def test_unfinished_results_and_void_figures_are_left_out_and_the_former_named() -> None:
    (whole,) = made_history(1.0)
    void = whole.model_copy(update={"summary": [row.model_copy(update={"void": "late"}) for row in whole.summary]})
    history = history_of([whole, void, *made_history(1.0, first=3, status="interrupted")])
    assert [len(track.moments) for track in history.tracks] == [1, 1]
    assert history.left_out == ["the run of 2026-01-04 00:00 did not finish"]


def test_the_second_run_of_a_gate_is_not_a_run_of_its_own() -> None:
    (first, again) = made_history(1.0, 1.3)
    history = history_of([first, again.model_copy(update={"confirms": True})])
    assert history.results == 1
    assert [len(track.moments) for track in history.tracks] == [1, 1]
    assert history.left_out == ["1 confirming run of a gate"]


def test_after_a_break_the_newest_results_decide_how_many_are_missing() -> None:
    moved = made_history(1.0, 1.0, first=20, environment=made_environment(cpu_model="Other"))
    track = track_of(history_of([*made_history(*[1.0] * 5), *moved]))
    assert (track.judged, track.missing) == (False, 10)


def written(directory: Path, name: str, text: str) -> None:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_results_are_found_below_a_folder_and_unreadable_ones_named(tmp_path: Path) -> None:
    for number, result in enumerate(made_history(1.0, 1.0)):
        written(tmp_path, f"{number}/result.json", result.model_dump_json())
    written(tmp_path, "2/result.json", "{")
    written(tmp_path, "renamed.json", made_history(1.0, first=9)[0].model_dump_json())
    written(tmp_path, "selfcheck.json", "[]")
    history = read_history(tmp_path)
    assert history.results == 3
    assert [text.partition(" is ")[0] for text in history.left_out] == [str(tmp_path / "2" / "result.json")]


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no results below"):
        read_history(tmp_path)
    with pytest.raises(UsageError, match="is not a folder"):
        read_history(tmp_path / "none")
    written(tmp_path, "result.json", "{")
    with pytest.raises(UsageError, match="not a complete JSON document"):
        read_history(tmp_path)
