"""A call into a library has an overall deadline, and is ended when nobody waits for it any more."""

import threading
import time

import pytest
from sick_servers import ill_server
from support import eventually

from brokers import BrokerUnavailable, find_broker
from brokers.deadline import within
from brokers.errors import UsageError


def _calls() -> set[int | None]:
    return {thread.ident for thread in threading.enumerate()}


def test_a_call_in_time_returns_what_it_returns() -> None:
    assert within(5, "redis", lambda: 7) == 7


def test_our_own_errors_pass_as_they_are() -> None:
    def refuse() -> None:
        raise UsageError("leave it out")

    with pytest.raises(UsageError, match="leave it out"):
        within(5, "redis", refuse)


def test_an_answer_that_the_client_cannot_read_is_the_servers_fault() -> None:
    with pytest.raises(BrokerUnavailable, match=r"redis at there sent an answer .* \(ZeroDivisionError\)"):
        within(5, "redis at there", lambda: 1 // 0)


def test_a_call_that_never_returns_is_left_and_ended() -> None:
    before = _calls()

    def turn() -> None:
        while True:
            time.sleep(0.01)

    with pytest.raises(BrokerUnavailable, match=r"redis at there did not send a complete answer within 0\.2 s"):
        within(0.2, "redis at there", turn)
    assert eventually(lambda: _calls() <= before)


# py-amqp leaves an open socket to the garbage collector, which warns of it.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("broker", ["redis", "valkey", "rabbitmq", "sqs"])
@pytest.mark.parametrize("illness", ["drip", "flood"])
def test_no_client_is_held_by_a_server_that_never_finishes_its_answer(broker: str, illness: str) -> None:
    before = _calls()
    with ill_server(broker, illness) as url:
        with pytest.raises(BrokerUnavailable) as caught:
            within(1, broker, lambda: find_broker(broker).inspect(url))
        assert "\n" not in caught.value.format_message()
        assert eventually(lambda: len(_calls() - before) <= 3), "the call goes on"  # the listener's own are left
