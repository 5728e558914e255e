"""Checks what this machine can measure, what is missing, and what would spoil a measurement."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from bench.engine.lacking import lacking
from bench.figures.disturbance import now_busy
from bench.processes.environment import read_environment, spoilers
from bench.processes.hindrances import hindrances
from bench.processes.others import LEAST_S, Others
from bench.processes.platform import CAN_PIN, plan_cores, pools
from bench.records.provenance import Environment
from bench.records.strict import Record
from brokers.defaults import default_subjects
from brokers.errors import BrokerbenchError
from brokers.registry import find_broker, installed_brokers
from brokers.selection import overrides
from brokers.server import round_trip_ns, version_of

__all__ = ["BrokerCheckup", "Checkup", "check_up"]


class BrokerCheckup(Record):
    """Where a broker's server would come from. ``problem`` and ``remedy`` are empty if it is available."""

    broker: str
    profiles: list[str]
    source: str
    location: str
    version: str = ""
    rtt_ns: int | None = None
    """Of a user's server: the median round trip of its raw client; None if it is not known."""
    problem: str = ""
    remedy: str = ""


class Checkup(Record):
    """What ``brokerbench doctor`` found. ``by_default`` are the brokers that are measured if a command names none."""

    brokers: list[BrokerCheckup]
    by_default: list[str]
    environment: Environment
    pools: list[str]
    pinning: str
    spoilers: list[str]

    @property
    def missing(self) -> bool:
        """Whether a broker is unavailable, or nothing can be measured at all."""
        return any(broker.problem for broker in self.brokers)


def check_up() -> Checkup:
    """Check every installed broker, the machine and the environment. Starts nothing but version commands."""
    begin_s, others = time.monotonic(), Others()
    others.start_over()
    with ThreadPoolExecutor() as threads:
        brokers = list(threads.map(_check_broker, installed_brokers()))
    overriding = [
        f"{name} is set and overrides every other setting: run 'unset {name}'." for name in overrides(os.environ)
    ]
    time.sleep(max(0.0, begin_s + LEAST_S - time.monotonic()))
    environment = read_environment(plan_cores()).model_copy(update={"other_cores": others.since(begin_s)})
    busy = now_busy(environment.other_cores, environment.cores_allowed)
    return Checkup(
        brokers=brokers,
        by_default=[broker.name for broker, _ in default_subjects()],
        environment=environment,
        pools=list(pools()),
        pinning=_pinning(),
        spoilers=overriding + [busy] * bool(busy) + spoilers() + hindrances() + environment.lost_here,
    )


def _check_broker(name: str) -> BrokerCheckup:
    broker = find_broker(name)
    source = broker.find()
    found = BrokerCheckup(
        broker=name,
        profiles=[f"{profile.name} ({profile.tier})" for profile in broker.profiles.values()],
        source=source.kind,
        location=source.location,
    )
    if source.kind == "missing":
        return found.model_copy(update={"problem": source.location, "remedy": source.remedy})
    if absent := lacking(broker.requirements):
        remedy = " ".join(f"'{text}'" for text in dict.fromkeys(absent.values()))
        problem = f"{', '.join(absent)} is not installed here"
        return found.model_copy(update={"problem": problem, "remedy": f"run pip install {remedy}"})
    try:
        version = version_of(broker, source)
        rtt_ns = round_trip_ns(broker, source) if source.kind == "url" else None
        return found.model_copy(update={"version": version, "rtt_ns": rtt_ns})
    except BrokerbenchError as error:
        problem, _, remedy = error.format_message().rpartition(": ")
        return found.model_copy(update={"problem": problem, "remedy": remedy})


def _pinning() -> str:
    cores = plan_cores()
    if cores.subjects:
        return f"subjects on core {_list(cores.subjects)}, servers on {_list(cores.servers)}"
    return "none: there is only one core" if CAN_PIN else "none: this system does not support it"


def _list(cores: tuple[int, ...]) -> str:
    return ", ".join(map(str, cores))
