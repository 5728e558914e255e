"""The part of a result that its page carries, to be compared with another result that is dropped onto the page."""

from typing import Any

from bench.metrics.registry import catalogue
from bench.records.result import Result
from brokers.outside import safe_values

__all__ = ["record_of"]

_OF_A_ROW = {"subject", "layer", "metric", "at", "per_second", "median_ns", "p99_ns", "mean_ns", "void"}
_KEPT: Any = {
    **dict.fromkeys(("kind", "version", "started_at", "budget_s", "seed", "margin", "metrics", "environment"), True),
    "workload": True,
    "subjects": {"__all__": {"label", "tier", "server", "python", "versions", "settings", "spec"}},
    "summary": {"__all__": _OF_A_ROW},
    "capacities": {"__all__": {"subject", "at", "rate_per_s"}},
    "costs": {"__all__": {"subject", "at", "producer_cpu_ns", "worker_cpu_ns", "server_cpu_ns"}},
}


def record_of(result: Result) -> Any:
    """Return the record as plain values in the form of ``result.json``, without secrets and safe to show.

    ``units`` has the unit of each metric's figure that is compared.
    """
    kept = result.model_dump(mode="json", include=_KEPT, exclude={"workload": {"args", "kwargs"}})
    return safe_values(kept) | {"units": {name: metric.unit for name, metric in catalogue().items()}}
