"""What the commands share that end in a verdict."""

import pytest

from bench.commands.verdict import VerdictOptions


@pytest.mark.parametrize(
    ("outcome", "failing", "passing"),
    [("within", 0, 0), ("regressed", 1, 1), ("inconclusive", 3, 0), ("not measured", 3, 3), ("not comparable", 3, 3)],
)
def test_a_doubt_passes_where_that_is_asked_for_and_nothing_else_does(outcome: str, failing: int, passing: int) -> None:
    assert VerdictOptions(inconclusive="fail").exit_code(outcome) == failing
    assert VerdictOptions(inconclusive="pass").exit_code(outcome) == passing
