"""What the cells of a run share: the workspace, the servers and the app."""

from dataclasses import dataclass

from bench.engine.servers import Servers
from bench.guarantees.cell import refusal
from bench.guarantees.fault import Fault
from bench.processes.subject import Subject
from bench.records.workload import Workload
from brokers.protocol import Server, Settings
from brokers.registry import result_keeper
from brokers.workspace import Workspace

__all__ = ["RunContext"]


@dataclass(kw_only=True)
class RunContext:
    """The context of every cell. ``apps`` is the folder from which the workload's app is imported."""

    workspace: Workspace
    servers: Servers
    workload: Workload
    apps: str

    def server_for(self, fault: Fault, subject: Subject) -> Server:
        """Return the server to use or to break; a server to break belongs to the subject alone."""
        shared = self.servers.shared(subject)
        if refusal(fault, subject, shared) or fault.breaks != "server":
            return shared
        return self.servers.own(subject)

    def result_settings(self) -> Settings:
        """Return the Celery settings of a server that keeps results."""
        broker = result_keeper()
        keeper = Subject(label=broker.name, broker=broker, profile=broker.profiles["default"])
        return broker.result_settings(self.servers.shared(keeper).url)
