"""The options for the distance between subjects and their servers, which override the workload's."""

from dataclasses import asdict, dataclass

import click

from bench.commands.grouping import grouped
from bench.commands.parameters import checked_text
from bench.records.quantities import bytes_per_s, rtt_ns, share_or_zero
from bench.records.strict import checked
from bench.records.workload import Workload
from brokers.errors import UsageError

__all__ = ["NetworkOptions", "network_options"]


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """The chosen values, as their user wrote them; None keeps the workload's."""

    rtt: str | None = None
    jitter: str | None = None
    bandwidth: str | None = None
    stall: str | None = None

    def over(self, workload: Workload) -> Workload:
        """Return the workload with the chosen values. Raises UsageError when a sweep varies one, or if they clash."""
        changes = {name: value for name, value in asdict(self).items() if value is not None}
        for name in changes:
            if name in workload.sweep:
                raise UsageError(f"the workload {workload.name!r} varies {name}: remove --{name}")
        names = ", ".join(f"--{name}" for name in changes)
        return checked(Workload, workload.model_dump() | changes, names) if changes else workload


network_options = grouped(
    "network",
    NetworkOptions,
    (
        click.option(
            "--rtt",
            type=checked_text("round-trip time", rtt_ns),
            metavar="TIME",
            help="Put every server at this distance, as a round-trip time: 0.5ms. A relay adds it.",
        ),
        click.option(
            "--jitter",
            type=checked_text("jitter", rtt_ns),
            metavar="TIME",
            help="Vary each way evenly by up to half of this.",
        ),
        click.option(
            "--bandwidth",
            type=checked_text("bandwidth", bytes_per_s),
            metavar="RATE",
            help="Limit each way to this: 10MB/s, 100Mbit/s.",
        ),
        click.option(
            "--stall",
            type=checked_text("share", share_or_zero),
            metavar="PERCENT",
            help="Hold up this share of the pieces for 200 ms and a round trip, as after a loss.",
        ),
    ),
)
