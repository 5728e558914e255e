"""A private RabbitMQ node: its environment, and its own account of its memory."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from brokers.errors import BrokerUnavailable
from brokers.processes import child_environment
from brokers.secrets import redacted
from brokers.server import free_port

__all__ = ["OTHERS_VARIABLES", "Node", "without_epmd"]

OTHERS_VARIABLES = ("RABBITMQ_", "ERL_")
"""Variables that are not passed to a node: they would lead to another one."""
_HERE = Path("/proc/self/cwd")
_BREAKS_NODES = re.compile(r"""['"\\\udc80-\udcff]""")
"""What a node's paths must not contain: with a quote in them, RabbitMQ 3.10 never gets beyond "Starting broker"."""
_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
_QUEUES = "length(rabbit_amqqueue:list())."
_ONE_THREAD = "+S 1:1 +sbwt none"
"""For rabbitmqctl, which has one thing to do: on a busy machine, schedulers that wait for each other take a minute."""
# A classic queue writes its index out and frees memory before it hibernates, after one to a few idle seconds.
# Collecting takes two passes: the first frees what holds the rest.
_SETTLED_TOTAL = """
    Queues = [P || Q <- rabbit_amqqueue:list(), P <- [amqqueue:get_pid(Q)], is_pid(P)],
    IsAwake = fun(P) -> process_info(P, current_function) =/= {current_function, {erlang, hibernate, 3}} end,
    Settle = fun(_, 0) -> ok;
                (Again, Polls) -> lists:any(IsAwake, Queues) andalso (timer:sleep(100) =:= ok)
                                  andalso Again(Again, Polls - 1) end,
    Settle(Settle, 50),
    Collect = fun() -> [garbage_collect(P) || P <- processes()], timer:sleep(100) end,
    Collect(), Collect(),
    erlang:memory(total).
"""
_TIMEOUT_S = 120  # rabbitmqctl takes two seconds of CPU time, and its machine may be busy
_ALARMS = {
    "memory": (("set_vm_memory_high_watermark", "absolute", "1MB"), ("set_vm_memory_high_watermark", "0.4")),
    "disk": (("set_disk_free_limit", "mem_relative", "1000.0"), ("set_disk_free_limit", "50MB")),
}
"""How each alarm is raised, and the RabbitMQ default that ends it."""


def without_epmd() -> dict[str, str]:
    """Return an environment for a rabbitmqctl that leaves no epmd running; it starts one even to print its version.

    From Erlang 25 on it starts none, so a process that is killed meanwhile leaves none either. Before that it gets its
    own, which can be ended.
    """
    return {"ERL_AFLAGS": "-dist_listen false", "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(free_port())}


@dataclass(frozen=True)
class Node:
    """A node with its own name, HOME (with the cookie), epmd and ports, all on loopback."""

    server: Path
    environment: dict[str, str]
    directory: Path

    @classmethod
    def in_directory(cls, server: str, directory: Path, port: int) -> "Node":
        """Choose what a node that listens on ``port`` needs; its files are in ``directory``, in which it must start."""
        place = directory if not _BREAKS_NODES.search(str(directory)) or not _HERE.exists() else _HERE
        environment = {
            "HOME": str(place),  # where Erlang keeps the cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_CONF_ENV_FILE": str(place / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(place / "rabbitmq.conf"),
            "RABBITMQ_CTL_ERL_ARGS": f"{_LOOPBACK} {_ONE_THREAD}",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(place / "log"),
            "RABBITMQ_MNESIA_BASE": str(place / "data"),
            "RABBITMQ_NODENAME": f"brokerbench-{port}@localhost",
            "RABBITMQ_PID_FILE": str(place / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _LOOPBACK,
        }
        return cls(Path(server), environment, directory)

    def memory_bytes(self) -> int | None:
        """Return the allocated memory once queues are idle and garbage is collected, which takes one to a few seconds.

        None without a rabbitmqctl beside the server. Raises BrokerUnavailable if the node does not answer.
        """
        try:
            total = self._ctl("eval", _SETTLED_TOTAL)
        except FileNotFoundError:
            return None
        if not re.fullmatch(r"\d+", total):
            raise BrokerUnavailable(f"rabbitmqctl did not print the node's memory: {total[:200]}")
        return int(total)

    def queues(self) -> int | None:
        """Return the number of queues of all virtual hosts, which takes a second.

        None without a rabbitmqctl beside the server. Raises BrokerUnavailable if the node does not answer.
        """
        try:
            found = self._ctl("eval", _QUEUES)
        except FileNotFoundError:
            return None
        if not re.fullmatch(r"\d+", found):
            raise BrokerUnavailable(f"rabbitmqctl did not print the number of queues: {found[:200]}")
        return int(found)

    @contextmanager
    def alarm(self, of: Literal["memory", "disk"]) -> Iterator[None]:
        """Put the node in an alarm for memory or disk: publishers are blocked until the block ends."""
        begin, end = _ALARMS[of]
        self._ctl(*begin)
        try:
            yield
        finally:
            self._ctl(*end)

    def acknowledgement_timeout_s(self) -> float | None:
        """Return the node's ``consumer_timeout`` in seconds; None if it has none, or without a rabbitmqctl.

        Raises BrokerUnavailable if the node does not answer.
        """
        try:
            found = self._ctl("eval", "application:get_env(rabbit, consumer_timeout, undefined).")
        except FileNotFoundError:
            return None
        return int(found) / 1000 if found.isdigit() else None

    @contextmanager
    def acknowledging_within(self, seconds: float) -> Iterator[None]:
        """Set ``consumer_timeout`` for the channels that are opened while the block runs, and check it each second.

        A channel reads both values of the node's application environment: the timeout as it opens, and the interval
        after each check, a minute by default, which is why RabbitMQ's documentation supports no shorter timeout.
        Source: ``rabbit_channel.erl``, ``init_tick_timer`` and ``get_consumer_timeout``.
        """
        before = self._swapped({"consumer_timeout": str(round(seconds * 1000)), "channel_tick_interval": "1000"})
        try:
            yield
        finally:
            self._swapped(before)

    def _swapped(self, values: dict[str, str]) -> dict[str, str]:
        """Set values of the node's environment, and return the earlier ones; in one call, because each is slow."""
        old = ", ".join(f"application:get_env(rabbit, {name}, undefined)" for name in values)
        put = "".join(f"application:set_env(rabbit, {name}, {value}), " for name, value in values.items())
        answer = self._ctl("eval", f"Old = [{old}], {put} Old.")
        return dict(zip(values, answer.strip("[]").split(","), strict=True))

    def _ctl(self, *command: str) -> str:
        """Return what rabbitmqctl prints. Raises BrokerUnavailable if it fails, FileNotFoundError if there is none."""
        try:
            answer = subprocess.run(
                [self.server.with_name("rabbitmqctl"), "--silent", *command],
                env=child_environment(self.environment, OTHERS_VARIABLES),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError:
            raise
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrokerUnavailable(f"rabbitmqctl failed ({type(error).__name__})") from error
        if answer.returncode:
            output = redacted(" ".join((answer.stderr or answer.stdout).partition("Arguments given")[0].split()))[:200]
            raise BrokerUnavailable(f"rabbitmqctl {command[0]} failed: {output}")
        return answer.stdout.strip()
