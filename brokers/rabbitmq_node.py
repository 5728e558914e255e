"""A private RabbitMQ node: its surroundings, and what it says of its own memory."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from brokers.errors import BrokerUnavailable
from brokers.processes import child_environment
from brokers.secrets import redacted
from brokers.server import free_port

__all__ = ["OTHERS_VARIABLES", "Node"]

OTHERS_VARIABLES = ("RABBITMQ_", "ERL_")
"""What is not passed on to a node: it would lead to another one."""
_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
# A classic queue writes its index out, and gives up memory, before it hibernates: once it was idle for one to a few
# seconds. Collecting takes two passes: the first frees what holds the rest.
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
_TIMEOUT_S = 30


@dataclass(frozen=True)
class Node:
    """A node of its own name, HOME (with the cookie), epmd and ports, all on loopback."""

    server: Path
    environment: dict[str, str]

    @classmethod
    def in_directory(cls, server: str, directory: Path, port: int) -> "Node":
        """Choose what a node that listens on ``port`` needs; its files are in ``directory``."""
        environment = {
            "HOME": str(directory),  # where Erlang keeps the cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
            "RABBITMQ_CTL_ERL_ARGS": _LOOPBACK,
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(directory / "log"),
            "RABBITMQ_MNESIA_BASE": str(directory / "data"),
            "RABBITMQ_NODENAME": f"brokerbench-{port}@localhost",
            "RABBITMQ_PID_FILE": str(directory / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _LOOPBACK,
        }
        return cls(Path(server), environment)

    def memory_bytes(self) -> int | None:
        """Ask what is allocated once queues are idle and garbage is collected, which takes one to a few seconds.

        None without a rabbitmqctl beside the server. Raises BrokerUnavailable when the node does not answer.
        """
        try:
            answer = subprocess.run(
                [self.server.with_name("rabbitmqctl"), "--silent", "eval", _SETTLED_TOTAL],
                env=child_environment(self.environment, OTHERS_VARIABLES),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError:
            return None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrokerUnavailable(f"rabbitmqctl fails ({type(error).__name__})") from error
        if not re.fullmatch(r"\d+", total := answer.stdout.strip()):
            said = redacted(" ".join((answer.stderr or answer.stdout).split()))[:200]
            raise BrokerUnavailable(f"rabbitmqctl does not tell the node's memory: {said}")
        return int(total)
