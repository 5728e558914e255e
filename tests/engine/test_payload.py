from hypothesis import given
from hypothesis import strategies as st

from bench.metrics.payload_limit import search_largest

MIB = 1024 * 1024


@given(st.integers(min_value=0, max_value=64 * MIB - 1))
def test_a_limit_is_found_to_the_byte_in_few_trials(limit_bytes: int) -> None:
    tried = []

    def refusal(size_bytes: int) -> str | None:
        tried.append(size_bytes)
        return None if size_bytes <= limit_bytes else f"over {limit_bytes}"

    assert search_largest(refusal) == (limit_bytes, limit_bytes + 1, f"over {limit_bytes}")
    assert len(tried) <= 40
    assert len(set(tried)) == len(tried)


def test_where_nothing_is_refused_the_largest_that_was_tried_is_known() -> None:
    assert search_largest(lambda size_bytes: None) == (64 * MIB, None, "")


def test_the_reason_is_that_of_the_next_byte() -> None:
    reasons = {True: "the server refused it", False: "it was accepted, but did not arrive"}
    largest, refused, reason = search_largest(
        lambda size_bytes: None if size_bytes <= 100_000 else reasons[size_bytes > 120_000]
    )
    assert (largest, refused, reason) == (100_000, 100_001, "it was accepted, but did not arrive")
