"""What the benchmarks of this folder run on: a server, and cores apart from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.processes.platform import CorePlan, pinned, plan_cores
from brokers import Broker, Lease, Profile, Server, split_subject
from brokers.protocol import Settings
from brokers.server import serve
from brokers.workspace import Workspace, open_workspace

__all__ = ["Ground", "open_ground"]

_SETTINGS: Settings = {
    "broker_connection_retry_on_startup": True,
    "task_ignore_result": True,
    "worker_concurrency": 1,
    "worker_enable_remote_control": False,
}


@dataclass(frozen=True)
class Ground:
    """A broker's server while a benchmark uses it; this process is on the server's cores."""

    broker: Broker
    profile: Profile
    server: Server
    workspace: Workspace
    cores: CorePlan

    @contextmanager
    def queue(self) -> Iterator[Lease]:
        """Return a queue of a unique name, and leave nothing of it."""
        with self.workspace.lease(self.broker, self.server, self.profile) as lease:
            yield lease
            self.empty(lease)

    def empty(self, lease: Lease) -> None:
        """Throw away what is in a queue of ours."""
        self.broker.discard(self.server.url, lease)

    def settings(self, lease: Lease) -> Settings:
        """Return Celery's settings as a measurement has them."""
        return {**_SETTINGS, **self.broker.settings(self.server.url, self.profile, lease.queue)}


@contextmanager
def open_ground(subject: str) -> Iterator[Ground]:
    """Start ``broker[:profile]``, and leave nothing behind."""
    broker, profile = split_subject(subject)
    cores = plan_cores()
    with open_workspace() as workspace, pinned(cores.servers), serve(broker, profile, workspace) as server:
        yield Ground(broker, profile, server, workspace, cores)
