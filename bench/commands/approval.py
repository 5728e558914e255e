"""Asks before a measurement costs money."""

import sys
from collections.abc import Callable

import click

from bench.processes.subject import Subject
from brokers.errors import UsageError
from brokers.protocol import Server

__all__ = ["ask_before_spending"]

_REQUESTS_PER_S = 250
"""A bound on what one run sends: subjects take turns, and a request takes 4 ms or more."""


def ask_before_spending(budget_s: float, *, yes: bool) -> Callable[[list[Subject], list[Server]], None]:
    """Return a function that prints what the subjects may cost on their servers, and wants a yes if that is anything.

    It raises UsageError when the answer is no, or when there is nobody to ask.
    """

    def approve(subjects: list[Subject], servers: list[Server]) -> None:
        requests = round(budget_s * _REQUESTS_PER_S)
        prices = [
            subject.broker.dollars(server, subject.profile, requests)
            for subject, server in zip(subjects, servers, strict=True)
        ]
        dollars = max((price for price in prices if price is not None), default=None)
        if dollars is None:
            return
        click.echo(
            f"This uses a paid service: at most {requests:,} requests, ${dollars:.4f} at list price.",
            err=True,
        )
        if not yes and not _confirmed():
            raise UsageError("not measured: nobody said yes; give --yes to spend without being asked")

    return approve


def _confirmed() -> bool:
    return sys.stdin.isatty() and click.confirm("Go on?", err=True)
