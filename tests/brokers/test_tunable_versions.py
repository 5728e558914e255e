"""A setting acts only where everything that it needs is installed, in a version that knows it."""

import pytest

from brokers.tunable import Tunable


@pytest.mark.parametrize(
    ("acts_since", "lacked"),
    [
        ((), ""),
        (("kombu>=5.7",), ""),
        (("kombu>=5.8",), "kombu>=5.8"),
        (("msgpack",), "msgpack"),
        (("kombu>=5.7", "Msg_Pack"), "Msg_Pack"),
    ],
)
def test_the_first_requirement_that_is_not_met_is_named(acts_since: tuple[str, ...], lacked: str) -> None:
    tunable = Tunable(name="x", values=(1,), does="", metrics=(), acts_since=acts_since)
    assert tunable.lacks({"kombu": "5.7.0"}) == lacked


def test_a_package_without_a_limit_on_its_version_only_has_to_be_there() -> None:
    tunable = Tunable(name="x", values=(1,), does="", metrics=(), acts_since=("msgpack",))
    assert tunable.lacks({"msgpack": "1.1"}) == ""
