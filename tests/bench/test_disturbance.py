"""Blocks during which other programs used a known number of cores."""

from typing import Any

import pytest
from made import enqueue_blocks, made_subject, rows_of

from bench.figures.disturbance import Disturbances, disturbed, warning
from bench.records.figures import Disturbance
from bench.records.turns import Block


def blocks_beside(*other_cores: float | None, **changes: Any) -> list[Block]:
    blocks = enqueue_blocks({"a": 4e5, "b": 5e5}, len(other_cores))
    used = zip(blocks, other_cores, strict=True)
    return [block.model_copy(update={"other_cores": cores, **changes}) for block, cores in used]


def counted(blocks: list[Block], cores: int = 2) -> Disturbances:
    found = Disturbances(cores)
    for block in blocks:
        found.add(block)
    return found


def test_a_block_is_disturbed_if_others_use_over_a_tenth_of_the_cores() -> None:
    quiet, little, much, unknown = blocks_beside(0.0, 0.2, 0.21, None)
    assert [disturbed(block) for block in (quiet, little, much, unknown)] == [False, False, True, False]
    assert not disturbed(much, cores=4)


def test_disturbed_blocks_are_counted_with_the_cores_that_others_used_during_them() -> None:
    found = counted(blocks_beside(0.0, 0.1, 0.5, 1.5))
    assert found.record() == Disturbance(blocks=4, disturbed=2, other_cores=1.0)
    assert found.other_cores == pytest.approx(0.525)
    assert warning(found.record(), 2) == (
        "Other programs used 1.0 of the 2 cores during 2 of 4 blocks (50 %). They are marked in the record and part "
        "of the figures: end other programs and measure again."
    )


def test_without_disturbed_blocks_there_is_no_warning() -> None:
    assert warning(counted(blocks_beside(0.0, 0.1)).record(), 2) == ""


def test_nothing_is_claimed_where_the_use_is_unknown() -> None:
    found = counted(blocks_beside(None, None))
    assert (found.record(), found.other_cores, warning(found.record(), 2)) == (None, None, "")


def test_the_warm_up_is_not_counted() -> None:
    assert counted(blocks_beside(1.0, 1.0, warmup=True)).record() is None


def test_a_row_has_the_number_of_its_own_disturbed_blocks() -> None:
    blocks = blocks_beside(*[0.0] * 8, 0.5, 0.5)
    alone = blocks[-1].model_copy(update={"turns": [turn for turn in blocks[-1].turns if turn.subject == "a"]})
    rows = rows_of([made_subject("a"), made_subject("b")], [*blocks[:-1], alone])
    assert {label: (row.blocks, row.disturbed) for label, row in rows.items()} == {"a": (10, 2), "b": (9, 1)}
