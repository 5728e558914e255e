"""Asks for approval before a measurement costs money."""

import sys

import click

from bench.compare.run import Approve
from bench.processes.subject import Subject
from brokers.errors import UsageError
from brokers.protocol import Server

__all__ = ["ask_before_spending", "confirmed"]

_REQUESTS_PER_S = 250
"""An upper bound for one run: subjects take turns, and a request takes 4 ms or more."""


class _Approval:
    """Ask once; an approval holds from then on."""

    def __init__(self, budget_s: float, *, yes: bool) -> None:
        self._requests = round(budget_s * _REQUESTS_PER_S)
        self._yes = yes
        self._approved = False

    def __call__(self, subjects: list[Subject], servers: list[Server]) -> None:
        dollars = None if self._approved else self._dollars(subjects, servers)
        if dollars is not None:
            click.echo(
                f"This uses a paid service: at most {self._requests:,} requests, ${dollars:.4f} at list price.",
                err=True,
            )
            if not self._yes and not confirmed():
                raise UsageError("not measured: the cost was not approved; use --yes to spend without being asked")
        self._approved = True

    def _dollars(self, subjects: list[Subject], servers: list[Server]) -> float | None:
        prices = [
            subject.broker.dollars(server, subject.profile, self._requests)
            for subject, server in zip(subjects, servers, strict=True)
        ]
        return max((price for price in prices if price is not None), default=None)


def ask_before_spending(budget_s: float, *, yes: bool) -> Approve:
    """Return a function that prints what the subjects can cost on their servers, and asks for approval if they can.

    It asks once, for everything measured in ``budget_s``. It raises UsageError when the answer is no, or when standard
    input is not a terminal.
    """
    return _Approval(budget_s, yes=yes)


def confirmed() -> bool:
    """Ask whether to continue, and return the answer; False if standard input is not a terminal."""
    return sys.stdin.isatty() and click.confirm("Continue?", err=True)
