"""Two equal subjects, one after the other, by pytest-benchmark's own loop; started by ``sequential.py`` alone."""

import json
import os
from typing import Any

import pytest
from celery import Celery

LABELED: dict[str, dict[str, Any]] = json.loads(os.environ["TRUTHS_SETTINGS"])

_WARMUP_CALLS = 20


@pytest.mark.parametrize("label", LABELED)
def test_enqueue(label: str, benchmark: Any) -> None:
    app = Celery(label, set_as_current=False)
    app.config_from_object(LABELED[label])

    @app.task(name="noop")
    def noop() -> None:
        """Do nothing."""

    for _ in range(_WARMUP_CALLS):  # the first, which connects, would be what the number of rounds is reckoned from
        noop.apply_async()
    benchmark(noop.apply_async)
    app.close()
