"""The waits that a scene shortens, so that what they end can be observed."""

from bench.guarantees.setup import Setup
from bench.guarantees.visibility import redelivery_wait
from bench.processes.subject import Subject
from brokers.protocol import Wait

__all__ = ["redelivery_s", "short_waits"]


def redelivery_s(setup: Setup, subject: Subject) -> float:
    """Return the longest that a redelivery should take in a scene with this setup."""
    broker, waits = subject.broker, subject.broker.waits
    redelivery = redelivery_wait(subject, setup.visibility_s) if setup.shortened else waits.redelivery
    is_quicker = setup.looks_often and waits.poll.settings
    saved_s = broker.longest_poll_s - waits.poll.within_s if is_quicker else 0.0
    return redelivery.within_s - saved_s


def short_waits(setup: Setup, subject: Subject) -> list[Wait]:
    """Return the waits that the setup asks for."""
    waits = subject.broker.waits
    asked = (
        (setup.shortened, redelivery_wait(subject, setup.visibility_s)),
        (setup.silent, waits.silence),
        (setup.looks_often, waits.poll),
        (setup.impatient, waits.answer),
    )
    return [wait for is_short, wait in asked if is_short]
