"""Prints the findings of ``brokerbench doctor`` in the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.engine.checkup import BrokerCheckup, Checkup
from bench.processes.platform import allowed_cores
from bench.text.numbers import round_trip

__all__ = ["print_checkup"]


def print_checkup(checkup: Checkup, console: Console) -> None:
    """Print the findings, each with the command that fixes it."""
    table = Table(box=None, pad_edge=False)
    for heading in ("broker", "from", "where", "version"):
        table.add_column(heading, overflow="fold")
    for broker in checkup.brokers:
        table.add_row(broker.broker, broker.source, Text(broker.location), Text(broker.version))
    console.print(table)
    console.print(f"\nmeasured by default: {', '.join(checkup.by_default)}")
    for text in _round_trips(checkup):
        console.print(text, markup=False)
    environment = checkup.environment
    console.print(f"{environment.cpu_model}, {len(allowed_cores())} of {environment.cores} cores allowed")
    console.print(f"pinning: {checkup.pinning}; pools: {', '.join(checkup.pools)}")
    for broker in checkup.brokers:
        if broker.problem:
            console.print(f"missing: {_problem(broker)}: {broker.remedy}", style="red", markup=False)
    for sentence in checkup.spoilers:
        console.print(f"careful: {sentence}", style="yellow", markup=False)
    if not checkup.missing and not checkup.spoilers:
        console.print("nothing is missing, and nothing would spoil a measurement", style="green")


def _problem(broker: BrokerCheckup) -> str:
    """Return what a broker lacks, with its name once."""
    named = broker.problem.startswith(f"{broker.broker} ")
    return broker.problem if named else f"{broker.broker}: {broker.problem}"


def _round_trips(checkup: Checkup) -> list[str]:
    """Return how far away the user's own servers are."""
    known = [(one.broker, round_trip(one.rtt_ns)) for one in checkup.brokers if one.rtt_ns is not None]
    return [
        f"a round trip to your {name} takes {took}; a distance such as --rtt is added to it" for name, took in known
    ]
