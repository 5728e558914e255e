"""What the tests of tunings share."""

from dataclasses import replace
from typing import Any

import pytest

from bench.processes.subject import label_subjects
from bench.records.workload import Workload
from bench.tune.present import Present
from brokers import split_subject

VERSIONS = {"celery": "5.7.0", "kombu": "5.7.0", "redis": "8.1.0"}


class Presents:
    """Makes what is there before a tuning, without looking at anything."""

    def __call__(self, name: str, **changes: Any) -> Present:
        (subject,) = label_subjects([split_subject(name)])
        own = {"subject": subject, "workload": Workload(name="noop"), "versions": VERSIONS, **changes}
        return Present(**own)

    def with_settings(self, name: str, settings: dict[str, Any], **changes: Any) -> Present:
        """Return one whose subject has these settings."""
        present = self(name, **changes)
        return replace(present, subject=replace(present.subject, settings=settings))


@pytest.fixture
def presents() -> Presents:
    return Presents()
