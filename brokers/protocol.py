"""What a broker provides. A new broker is one subclass of ``Broker`` and one line of entry point."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from brokers.errors import BrokerUnavailable
from brokers.http_service import HttpService
from brokers.outside import safe_line, safe_values
from brokers.server_process import ServerProcess
from brokers.tunable import Tunable
from brokers.waits import AcknowledgementTimeout, Settings, Wait, Waits
from brokers.wire import Wire

__all__ = [
    "AcknowledgementTimeout",
    "Broker",
    "Lease",
    "Profile",
    "Resource",
    "Server",
    "Settings",
    "Source",
    "Tier",
    "Tunable",
    "Wait",
    "Waits",
]

Tier = Literal["fast", "durable"]
Resource = Literal["memory", "disk", "persistence", "retention"]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A named set of a broker's settings, and what it promises.

    ``tier`` is ``fast`` (an accepted task may be lost) or ``durable`` (it survives a killed broker or
    worker). ``settings`` are Celery settings; ``server_options`` are the options that a private server must be
    started with, in the broker's own syntax.
    """

    name: str
    tier: Tier
    summary: str
    settings: Settings = field(default_factory=dict)
    server_options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a broker's server would come from on this machine.

    ``location`` is safe to show (a redacted URL, a path, a package); ``target`` is what
    ``Broker.boot`` needs (the URL itself, the binary's path, the emulator's name). ``named_by`` is the variable that
    names a URL, if it is not the broker's ``url_variable``, or that names what is missing.
    """

    kind: Literal["url", "binary", "embedded", "missing"]
    location: str = ""
    target: str = field(default="", repr=False)
    remedy: str = ""
    named_by: str = ""

    def __post_init__(self) -> None:
        """Make safe to show what a reader sees."""
        object.__setattr__(self, "location", safe_line(self.location))


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server that answered: where it is, what it is, and how it is configured.

    ``software`` and ``version`` are what the server calls itself. ``emulator`` is True if it stands in for a
    service that cannot run here, so its figures are not ranked. ``settings`` are those that decide
    what it promises and costs. ``process`` is set for a private server, which faults may break. Texts from the
    server are made safe to show.
    """

    url: str = field(repr=False)
    software: str
    version: str
    private: bool = False
    emulator: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    process: ServerProcess | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make safe to show what the server reports."""
        object.__setattr__(self, "software", safe_line(str(self.software)))
        object.__setattr__(self, "version", safe_line(str(self.version)))
        object.__setattr__(self, "settings", safe_values(dict(self.settings)))

    @property
    def pid(self) -> int | None:
        """Return the PID with which a private server was started; its child processes belong to the server, too."""
        return self.process.pid if self.process else None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A queue with a unique name, and the names of what else its use may leave on the server."""

    queue: str
    also: tuple[str, ...] = ()


class Broker(ABC):
    """The plug: a subclass defines what is special about its broker; the rest has defaults.

    No method prints, and no error or return value except a URL contains a secret.
    """

    name: ClassVar[str]
    profiles: ClassVar[Mapping[str, Profile]]
    url_variable: ClassVar[str] = ""
    """The environment variable that names the user's own server; empty if there cannot be one."""
    spans_processes: ClassVar[bool] = True
    """Whether a worker can take what another process enqueued."""
    keeps_results: ClassVar[bool] = False
    """Whether its server can also be Celery's result backend, with ``result_settings``."""
    starts_programs: ClassVar[bool] = False
    """Whether a private server can be started from any program that a user names."""
    expires_messages: ClassVar[bool] = False
    """Whether its server discards a message whose time to live is over; it leaves no record of that."""
    longest_poll_s: ClassVar[float] = 0.0
    """How long an idle worker may take to look for tasks again; 0 if the server wakes it up."""
    locks_queues: ClassVar[bool] = False
    """Whether a queue cannot be declared while a worker that was stopped is reading it."""
    waits: ClassVar[Waits] = Waits()
    acknowledgement_timeout: ClassVar[AcknowledgementTimeout | None] = None
    """The limit on how long a connected worker may keep a task unacknowledged; None if the server has no such limit."""
    requirements: ClassVar[tuple[str, ...]] = ("celery>=4.4",)
    """What a subject's environment must contain, as pip reads it."""
    client_libraries: ClassVar[tuple[str, ...]] = ()
    """The distributions whose versions a result names beside Celery's and kombu's."""
    kept_options: ClassVar[frozenset[str]] = frozenset(
        {"interval_max", "interval_start", "interval_step", "max_retries"}
    )
    """The transport options that a user's app keeps: they decide how it publishes and notices a dead connection."""
    reserved_options: ClassVar[frozenset[str]] = frozenset({"deadletter_queue"})
    """The transport options that separate a run's queues from those of others; nobody else may set them."""
    detour: ClassVar[Path | None] = None
    """The file that leads its client by way of a relay, as ``brokers/inside`` describes it; None if its client looks
    hosts up by Python's ``socket.getaddrinfo``."""
    raw_client: ClassVar[Path | None] = None
    """The file of its raw client, as ``brokers/inside`` describes it; None if it has no such ceiling."""
    http: ClassVar[HttpService | None] = None
    """The service's requests and error answers, if it is reached by HTTP."""
    server_file: ClassVar[str] = ""
    """The name of its server's configuration file, for a broker with a tunable ``server.NAME``."""
    tunables: ClassVar[tuple[Tunable, ...]] = ()
    """What can be tuned on this broker alone; ``kept_options`` has its transport options, so that apps keep theirs."""

    @abstractmethod
    def find(self) -> Source:
        """Return where the server would come from. Never raises and never starts anything."""

    @abstractmethod
    def version(self, source: Source) -> str:
        """Return the source's version as the source reports it; empty if it does not. May take a second."""

    @abstractmethod
    def local_url(self) -> str:
        """Return the user's URL from the environment, or the broker's standard local address."""

    @abstractmethod
    def boot(self, source: Source, profile: Profile, directory: Path) -> AbstractContextManager[Server]:
        """Start a private server in ``directory`` and yield it once it answers.

        Raises BrokerUnavailable, with the end of the server's log, if it does not come up.
        """

    @abstractmethod
    def inspect(self, url: str) -> Server:
        """Connect, and return what the server is. Raises BrokerUnavailable if it does not answer."""

    @abstractmethod
    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return the Celery settings that reach ``url`` and use ``queue`` (Celery's own name if None).

        Plain JSON values with Celery's lower-case names.
        """

    def result_settings(self, url: str) -> Settings:
        """Return the Celery settings that keep results at ``url``, for a broker that ``keeps_results``."""
        return {"result_backend": url}

    def server_option(self, name: str, value: str) -> tuple[str, ...]:
        """Return an option in the syntax of ``server_options``, where later ones override earlier ones.

        Only for a broker with a tunable ``server.NAME``.
        """
        raise NotImplementedError(f"{self.name} has no server options")

    def server_line(self, name: str, value: str) -> str:
        """Return the same option as a line of the ``server_file``."""
        return f"{name} = {value}"

    @abstractmethod
    def discard(self, url: str, lease: Lease) -> None:
        """Delete everything that a lease's use left on the server. Doing it twice is not an error."""

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Turn a unique name into a queue of this broker; nothing is created on the server yet."""
        return Lease(queue=name)

    def check(self, server: Server, profile: Profile) -> None:  # noqa: B027 - a default, not an oversight
        """Raise BrokerUnavailable if this server cannot keep the profile's promise."""

    def admits_strangers(self, url: str) -> bool | None:
        """Return True if anyone can write without credentials, or with well-known ones; None if unknown.

        Raises BrokerUnavailable if the server does not answer.
        """
        return None

    def wire(self, url: str) -> Wire | None:
        """Return where the server is reached in clear text; None if no relay can stand between and read along."""
        return None

    def tcp_address(self, url: str) -> tuple[str, int]:
        """Return the host and port to which its clients connect, as they look them up, in clear text or by TLS.

        Raises BrokerUnavailable, with what to do, if it is not one TCP address: it cannot be put at a distance then.
        """
        wire = self.wire(url)
        if wire is None:
            raise BrokerUnavailable(f"{self.name} has no distance, because it has no TCP address: leave it out")
        return wire.host, wire.port

    def pinging(self, url: str) -> AbstractContextManager[Callable[[], object]] | None:
        """Connect by the raw client, and return what makes one round trip on that connection at each call.

        None if its client cannot do that. Raises BrokerUnavailable if the server does not answer.
        """
        return None

    def memory_bytes(self, url: str) -> int | None:
        """Return how much memory the server's data takes; None if it cannot tell. Raises BrokerUnavailable."""
        return None

    def entries(self, url: str) -> int | None:
        """Return how many keys or queues its server holds, of all its users; None if it cannot tell.

        Raises BrokerUnavailable.
        """
        return None

    def deprive(self, server: Server, of: Resource) -> AbstractContextManager[None] | None:
        """Take a resource away from a private server while the block runs; None if that is not possible.

        Without ``memory`` or ``disk``, it has none left to accept tasks with; without ``persistence``, it stores
        nothing on disk; without ``retention``, it has already thrown away what nobody had used for longest when the
        block begins, to make room for other data. Raises BrokerUnavailable if it does not answer.
        """
        return None

    def acknowledgement_timeout_s(self, server: Server) -> float | None:
        """Return the server's ``acknowledgement_timeout`` in seconds; None if it has none, or cannot be asked.

        Raises BrokerUnavailable if it does not answer.
        """
        return None

    def limit_acknowledgement(self, server: Server, within_s: float) -> AbstractContextManager[None] | None:
        """Set a private server's ``acknowledgement_timeout``, and have it enforced within 1 s, while the block runs.

        It holds for the connections that are opened meanwhile. None if that is not possible. Raises BrokerUnavailable
        if the server does not answer.
        """
        return None

    def dollars_per_million(self, profile: Profile) -> float | None:
        """Return the list price of a million requests; None if nobody charges for them."""
        return None

    def dollars(self, server: Server, profile: Profile, requests: int) -> float | None:
        """Return the price of that many requests at this server; None if it does not charge for requests."""
        return None
