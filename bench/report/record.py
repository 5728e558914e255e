"""The part of a result that its page carries, to be compared with another result that is dropped onto the page."""

from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

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


def record_of(result: Result) -> Markup:
    """Return the record in the form of ``result.json``, without secrets, safe to show and to stand in a script element.

    ``units`` has the unit of each metric's figure that is compared.
    """
    kept = result.model_dump(mode="json", include=_KEPT, exclude={"workload": {"args", "kwargs"}})
    figures = {name: _rounded(kept[name]) for name in ("summary", "capacities", "costs")}
    units = {name: metric.unit for name, metric in catalogue().items()}
    return htmlsafe_json_dumps(safe_values(kept | figures) | {"units": units}, separators=(",", ":"))


def _rounded(value: Any) -> Any:
    """Return figures without the digits that no reader sees, and records without what they lack."""
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items() if one is not None}
    return float(f"{value:.7g}") if isinstance(value, float) else value
