"""Says what this machine can measure, what is missing, and what would spoil a measurement."""

import os
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.processes.environment import read_environment, spoilers
from bench.processes.platform import CAN_PIN, allowed_cores, plan_cores, pools
from bench.records.provenance import Environment
from bench.records.strict import Record
from brokers.errors import BrokerbenchError
from brokers.registry import find_broker, installed_brokers
from brokers.selection import overrides
from brokers.server import version_of

__all__ = ["BrokerDiagnosis", "Diagnosis", "diagnose", "print_diagnosis"]


class BrokerDiagnosis(Record):
    """Where a broker's server would come from. ``problem`` and ``remedy`` are empty when it can be had."""

    broker: str
    profiles: list[str]
    source: str
    location: str
    version: str = ""
    problem: str = ""
    remedy: str = ""


class Diagnosis(Record):
    """What ``brokerbench doctor`` found."""

    brokers: list[BrokerDiagnosis]
    environment: Environment
    pools: list[str]
    pinning: str
    spoilers: list[str]

    @property
    def missing(self) -> bool:
        """Whether a broker cannot be had, or nothing can be measured at all."""
        return any(broker.problem for broker in self.brokers)


def diagnose() -> Diagnosis:
    """Look at every installed broker, the machine and the environment. Starts nothing but version commands."""
    with ThreadPoolExecutor() as threads:
        brokers = list(threads.map(_diagnose_broker, installed_brokers()))
    overriding = [f"{name} is set and beats every other setting: run 'unset {name}'." for name in overrides(os.environ)]
    environment = read_environment(plan_cores())
    return Diagnosis(
        brokers=brokers,
        environment=environment,
        pools=list(pools()),
        pinning=_pinning(),
        spoilers=overriding + spoilers() + environment.lost_here,
    )


def _diagnose_broker(name: str) -> BrokerDiagnosis:
    broker = find_broker(name)
    source = broker.find()
    found = BrokerDiagnosis(
        broker=name,
        profiles=[f"{profile.name} ({profile.tier})" for profile in broker.profiles.values()],
        source=source.kind,
        location=source.location,
    )
    if source.kind == "missing":
        return found.model_copy(update={"problem": source.location, "remedy": source.remedy})
    try:
        return found.model_copy(update={"version": version_of(broker, source)})
    except BrokerbenchError as error:
        problem, _, remedy = error.format_message().rpartition(": ")
        return found.model_copy(update={"problem": problem, "remedy": remedy})


def _pinning() -> str:
    cores = plan_cores()
    if cores.subjects:
        return f"subjects on core {_list(cores.subjects)}, servers on {_list(cores.servers)}"
    return "none: there is one core" if CAN_PIN else "none: this system cannot"


def _list(cores: tuple[int, ...]) -> str:
    return ", ".join(map(str, cores))


def print_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """Show it to a person, with the command that mends each thing."""
    table = Table(box=None, pad_edge=False)
    for heading in ("broker", "from", "where", "version"):
        table.add_column(heading, overflow="fold")
    for broker in diagnosis.brokers:
        table.add_row(broker.broker, broker.source, Text(broker.location), Text(broker.version))
    console.print(table)
    environment = diagnosis.environment
    console.print(f"\n{environment.cpu_model}, {len(allowed_cores())} of {environment.cores} cores allowed")
    console.print(f"pinning: {diagnosis.pinning}; pools: {', '.join(diagnosis.pools)}")
    for broker in diagnosis.brokers:
        if broker.problem:
            console.print(f"missing: {broker.broker}: {broker.problem}: {broker.remedy}", style="red", markup=False)
    for sentence in diagnosis.spoilers:
        console.print(f"careful: {sentence}", style="yellow", markup=False)
    if not diagnosis.missing and not diagnosis.spoilers:
        console.print("nothing is missing, and nothing would spoil a measurement", style="green")
