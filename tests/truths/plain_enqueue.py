"""Two equal subjects, one after the other, by pytest-benchmark's own loop; started by ``sequential.py`` alone."""

import json
import os
from typing import Any

import pytest
from celery import Celery

LABELED: dict[str, dict[str, Any]] = json.loads(os.environ["TRUTHS_SETTINGS"])


@pytest.mark.parametrize("label", LABELED)
def test_enqueue(label: str, benchmark: Any) -> None:
    app = Celery(label, set_as_current=False)
    app.config_from_object(LABELED[label])

    @app.task(name="noop")
    def noop() -> None:
        """Do nothing."""

    benchmark(noop.apply_async)
    app.close()
