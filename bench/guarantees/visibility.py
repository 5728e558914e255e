"""The visibility timeout of a scene: the user's own where a run can wait for it, and otherwise a short one for it.

A broker has one if the settings that shorten its redelivery name it.
"""

from dataclasses import replace

from bench.processes.subject import Subject
from bench.text.limits import limit_named
from bench.text.numbers import timeout_text
from brokers.overlay import overlay
from brokers.protocol import Wait

__all__ = ["own_visibility_s", "redelivery_wait", "visibility_in_words", "visibility_s"]

_OPTIONS, _NAME = "broker_transport_options", "visibility_timeout"
_LONGEST_S = 15.0


def own_visibility_s(subject: Subject) -> float | None:
    """Return the user's own visibility timeout; None if there is none, or if the broker has no such thing."""
    limit = limit_named(subject.own, "visibility")
    return limit.value if limit and visibility_s(subject.broker.waits.redelivery) else None


def visibility_s(wait: Wait) -> float | None:
    """Return the visibility timeout that a wait for a redelivery sets; None without one."""
    found: float | None = wait.settings.get(_OPTIONS, {}).get(_NAME)
    return found


def redelivery_wait(subject: Subject, wanted_s: float | None = None) -> Wait:
    """Return how a redelivery is shortened.

    Its visibility timeout is ``wanted_s``, or else the user's own if a run can wait for that, or else the broker's
    choice.
    """
    wait, own_s = subject.broker.waits.redelivery, own_visibility_s(subject)
    usual_s = visibility_s(wait)
    if usual_s is None:
        return wait
    if own_s:
        wait = replace(wait, default=f"after {_named(own_s)}, and what its broker adds to that")
    short_s = wanted_s or (own_s if own_s and own_s <= _LONGEST_S else usual_s)
    return replace(
        wait,
        within_s=wait.within_s + short_s - usual_s,
        settings=overlay(wait.settings, {_OPTIONS: {_NAME: short_s}}),
    )


def visibility_in_words(subject: Subject, short_s: float | None, what: str) -> str:
    """Return what a finding with this visibility timeout means with the user's own; empty without one of its own.

    ``what`` names in the plural the things that outlast it.
    """
    own_s = own_visibility_s(subject)
    if own_s is None or short_s is None:
        return ""
    if own_s == short_s:
        return f"with {_named(own_s)}"
    return (
        f"{timeout_text(short_s)} stand for {_named(own_s)}: with it, this begins with {what} of {timeout_text(own_s)}"
    )


def _named(seconds: float) -> str:
    return f"your {_NAME} of {timeout_text(seconds)}"
