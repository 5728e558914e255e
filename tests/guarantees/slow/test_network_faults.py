"""Faults of the network, run on real servers with real workers: those that wait."""

from collections.abc import Callable

import pytest

from bench.guarantees.faults.http_answers import FAULTS as HTTP
from bench.records.matrix import Cell

Play = Callable[..., Cell]


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", ["black-hole-producer", "black-hole-worker", "narrow-network"])
@pytest.mark.parametrize("subject", ["redis", "rabbitmq", "sqs"])
def test_a_fault_of_the_network_runs_to_its_end(play: Play, subject: str, fault: str) -> None:
    cell = play(fault, subject)
    (attempt,) = cell.attempts
    assert cell.outcome in ("kept", "allowed", "broken")
    assert attempt.recovered_s is not None or attempt.stopped


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", [fault.name for fault in HTTP if not fault.name.startswith("http-throttled")])
def test_a_fault_of_http_is_met(play: Play, fault: str) -> None:
    (attempt,) = play(fault, "sqs").attempts
    assert not attempt.finding.startswith("0 of")
    assert attempt.recovered_s is not None or attempt.stopped
