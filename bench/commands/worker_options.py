"""The options for the worker's pool and concurrency, which override the workload's."""

from dataclasses import asdict, dataclass
from typing import get_args

import click

from bench.commands.grouping import grouped
from bench.records.workload import Pool, Workload
from brokers.errors import UsageError

__all__ = ["WorkerOptions", "worker_options"]


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """The chosen values; None keeps the workload's."""

    pool: Pool | None
    concurrency: int | None

    def over(self, workload: Workload) -> Workload:
        """Return the workload with the chosen values. Raises UsageError when a sweep varies one of them."""
        changes = {name: value for name, value in asdict(self).items() if value is not None}
        for name in changes:
            if name in workload.sweep:
                raise UsageError(f"the workload {workload.name!r} varies {name}: remove --{name}")
        return workload.model_copy(update=changes)


worker_options = grouped(
    "worker",
    WorkerOptions,
    (
        click.option("--pool", type=click.Choice(get_args(Pool)), help="The worker's pool, instead of the workload's."),
        click.option("--concurrency", type=click.IntRange(1, 256), help="The worker's, instead of the workload's."),
    ),
)
