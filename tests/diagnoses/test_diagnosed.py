"""Each figure's reasons are in the result, the main one first, from the blocks as they arrived."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from made_results import REDIS, make_blocks, make_result

from bench.diagnoses import registry
from bench.diagnoses.diagnosis import Found, Kind, Seen
from bench.figures.tally import Tally
from bench.records.diagnoses import Diagnosis


class _Fixed(Kind):
    share: ClassVar[float]

    def find(self, seen: Seen) -> Found | None:
        return Found(share=self.share, text=self.name, settings={"a.b": 1} if self.name == "special" else {})


class _Special(_Fixed):
    name, order, share = "special", 10, 0.6


class _Common(_Fixed):
    name, order, share = "common", 90, 0.95


class _Small(_Fixed):
    name, order, share = "small", 1, 0.3


class _Tiny(_Fixed):
    name, order, share = "tiny", 1, 0.1


class _OfEnqueue(_Fixed):
    name, order, share, metrics = "of enqueue", 95, 0.2, ("enqueue",)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kinds = sorted((_Special(), _Common(), _Small(), _Tiny(), _OfEnqueue()), key=lambda one: one.order)
    monkeypatch.setattr(registry, "catalogue", lambda: {one.name: one for one in kinds})
    return iter([None])


def diagnosed(void: str | None = None) -> list[Diagnosis]:
    tally = Tally()
    for block in make_blocks(REDIS, blocks=10, drains=3):
        tally.add(block)
    result = make_result(REDIS, blocks=10, drains=3)
    rows = [row.model_copy(update={"void": void}) for row in result.summary]
    return registry.diagnosed(result.model_copy(update={"summary": rows}), tally)


def test_the_most_special_of_the_large_reasons_comes_first_then_what_explains_most() -> None:
    found = diagnosed()
    assert [one.kind for one in found if one.metric == "enqueue"] == ["special", "common", "small", "of enqueue"]
    assert [one.kind for one in found if one.metric == "throughput"] == ["special", "common", "small"]


def test_settings_to_try_are_a_cure_that_is_not_measured_yet() -> None:
    first = diagnosed()[0]
    assert first.cure is not None
    assert (first.cure.settings, first.cure.figure) == ({"a.b": 1}, None)
    assert first.cure.why_not == "there was no time to measure it: use a longer budget"
    assert diagnosed()[1].cure is None


def test_a_void_figure_has_no_reason() -> None:
    assert diagnosed(void="the machine was busy") == []
