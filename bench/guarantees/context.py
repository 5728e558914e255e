"""What the cells of a run share: the workspace, the servers and the app."""

from dataclasses import dataclass, field

from bench.engine.servers import Servers
from bench.guarantees.cell import refusal
from bench.guarantees.environments import Environments
from bench.guarantees.fault import Fault
from bench.processes.distances import Distances
from bench.processes.subject import Subject
from bench.records.provenance import WayRecord
from bench.records.workload import Workload
from brokers.protocol import Server, Settings
from brokers.registry import result_keeper
from brokers.workspace import Workspace

__all__ = ["RunContext"]


@dataclass(kw_only=True)
class RunContext:
    """The context of every cell.

    ``apps`` is the folder from which the workload's app is imported; ``distances`` puts servers at their distances.
    """

    workspace: Workspace
    servers: Servers
    workload: Workload
    apps: str
    distances: Distances | None = None
    _environments: Environments = field(default_factory=Environments)

    def server_for(self, fault: Fault, subject: Subject) -> Server:
        """Return the server to use or to break; a server to break belongs to the subject alone."""
        shared = self.servers.shared(subject)
        if refusal(fault, subject, shared) or fault.breaks != "server":
            return shared
        return self.servers.own(subject)

    def way(self, subject: Subject) -> WayRecord | None:
        """Return the way to the server that the subject shares, made now; None without a distance.

        Raises BrokerUnavailable if it cannot be made.
        """
        distance = subject.distance(self.workload)
        if distance.is_zero or self.distances is None:
            return None
        return self.distances.way(subject.broker, self.servers.shared(subject), distance).record

    def result_settings(self) -> Settings:
        """Return the Celery settings of a server that keeps results."""
        broker = result_keeper()
        keeper = Subject(label=broker.name, broker=broker, profile=broker.profiles["default"])
        return broker.result_settings(self.servers.shared(keeper).url)

    def beside(self, subject: Subject, requirements: tuple[str, ...]) -> Subject:
        """Return the subject with an environment that meets these requirements; each is built once.

        Raises UsageError if it cannot be built.
        """
        return self._environments.beside(subject, requirements, is_users=self.workload.is_users)
