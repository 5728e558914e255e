"""Diagnoses: the reasons of figures, with their evidence, and what changes them."""

from typing import Any

from bench.records.bounds import Name, Number
from bench.records.figures import Estimate, Ratio
from bench.records.strict import Record
from bench.records.turns import MetricName, Place
from brokers.protocol import Tier

__all__ = ["Cure", "Diagnosis"]


class Cure(Record):
    """Celery settings that may remove a reason, and what the figure was with them, in the same run.

    ``settings`` have dotted names, as in a SPEC of ``ab``: ``broker_transport_options.polling_interval``. ``figure`` is
    in the metric's unit; ``ratio`` compares it with the subject as it is, paired by block. Both are None, and
    ``why_not`` says why, if it was not measured.
    """

    settings: dict[str, Any]
    figure: Estimate | None = None
    ratio: Ratio | None = None
    why_not: str = ""


class Diagnosis(Record):
    """The reason of one figure of one subject.

    ``share`` is the share of an operation's time that it explains, from 0 to 1. ``text`` is a clause that names
    neither the subject nor its figure: ``the worker waited for a timer: ...``. ``evidence`` has the numbers behind it.
    """

    kind: Name
    """The name of the diagnosis: ``timer``."""
    subject: Name
    tier: Tier
    metric: MetricName
    at: Place = {}
    share: Number
    text: str
    evidence: dict[str, Number] = {}
    cure: Cure | None = None
