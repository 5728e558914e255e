"""The run second by second: what was measured when, and where other programs disturbed it."""

import numpy as np
import pytest
from made_results import RABBITMQ, REDIS, make_result

from bench.figures.seconds import seconds
from bench.metrics.enqueue import EnqueueTurn
from bench.records.turns import Block, Layer
from bench.report.pictures.strip import strip_picture


def _block(
    at_s: float, *turns: tuple[str, float], generation: int = 0, layer: Layer = "celery", others: float | None = None
) -> Block:
    taken = [
        EnqueueTurn(subject=name, layer=layer, warmup_ns=[], samples_ns=[round(1e9 * took)]) for name, took in turns
    ]
    return Block(
        number=0, generation=generation, metric="enqueue", at_s=at_s, warmup=False, turns=taken, other_cores=others
    )


def test_a_block_lasts_until_the_next_and_its_turns_share_it() -> None:
    found = seconds([_block(1, ("redis", 0.1), ("rabbitmq", 0.3)), _block(5, ("redis", 0.5))], 8, 2)
    assert found.width_s == 1
    assert list(found.shares["enqueue"]["redis"][:7]) == pytest.approx([0, 1, 0, 0, 0, 0.5, 0])
    assert list(found.shares["enqueue"]["rabbitmq"][:7]) == pytest.approx([0, 0, 1, 1, 1, 0, 0])


def test_the_last_block_of_a_generation_lasts_as_long_as_its_turns() -> None:
    found = seconds([_block(0, ("redis", 0.5)), _block(4, ("redis", 0.25), generation=1)], 9, 2)
    assert list(found.shares["enqueue"]["redis"]) == pytest.approx([0.5, 0, 0, 0, 0.25, 0, 0, 0, 0, 0])
    assert found.fresh_s == [0, 4]


def test_ceilings_have_a_row_below_their_metric() -> None:
    blocks = [_block(0, ("redis", 0.5), layer="raw"), _block(1, ("redis", 0.5))]
    assert list(seconds(blocks, 3, 2).shares) == ["enqueue", "enqueue ceilings"]


def test_a_long_run_has_wider_columns() -> None:
    found = seconds([_block(0, ("redis", 0.5))], 3600, 2)
    assert (found.width_s, found.count) == (20, 181)


def test_what_others_used_is_the_mean_of_the_spells_blocks_and_unknown_elsewhere() -> None:
    blocks = [
        _block(0, ("redis", 0.25), others=0.0),
        _block(0.5, ("redis", 0.5), others=1.0),
        _block(1, ("redis", 1.0)),
    ]
    found = seconds(blocks, 3, 2)
    assert found.other_cores[0] == pytest.approx(0.5)
    assert np.isnan(found.other_cores[1:]).all()
    assert list(found.disturbed) == [True, False, False, False]


def test_a_picture_tells_of_each_second_what_was_measured_and_what_disturbed_it() -> None:
    blocks = [_block(2, ("redis", 0.25), ("rabbitmq", 0.75), others=1.5), _block(3, ("rabbitmq", 1.0), others=0.0)]
    picture = strip_picture(make_result(REDIS, RABBITMQ, duration_s=5).model_copy(update={"blocks": blocks}))
    assert picture
    assert "second 2\nenqueue: redis 25 %, rabbitmq 75 %\nother programs: 1.5 cores, disturbed" in picture.drawing.shown
    assert "second 3\nenqueue: rabbitmq 100 %\nother programs: 0.0 cores<" in picture.drawing.shown
    assert picture.drawing.shown.count('class="disturbed"') == 1
    assert picture.table
    assert picture.table.rows == [["redis", "0.2 s"], ["rabbitmq", "1.8 s"]]


def test_a_result_without_blocks_has_no_strip() -> None:
    assert strip_picture(make_result()) is None
