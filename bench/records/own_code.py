"""How long the user's own code around a task takes."""

from typing import Literal

from bench.records.bounds import Name, Number, PositiveCount
from bench.records.strict import Record
from bench.records.turns import Place
from brokers.protocol import Tier

__all__ = ["OwnCode", "OwnCodeTime"]

OwnCode = Literal["call", "run"]
"""What it is around: a call that enqueues the task, or a run of it."""


class OwnCodeTime(Record):
    """How long the user's own code takes ``around`` a call, or around a run, of a task.

    It is that of signal handlers, and of methods of the task's class without what they call of Celery's or the task's.
    """

    subject: Name
    tier: Tier
    at: Place = {}
    around: OwnCode
    samples: PositiveCount
    mean_ns: Number
