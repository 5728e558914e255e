"""A process with relays: ``python -m bench.relay``, started by ``bench.relay.apart``.

It reads one JSON document a line from standard input, answers each with one, and ends when its input does. It has a
process of its own because the interpreter's lock would make pieces late whenever the harness computes.
"""

import gc
import json
import signal
import sys
from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import Any

from bench.records.distance import Distance
from bench.relay.loop import Loop
from bench.relay.relay import Relay
from brokers.errors import BrokerUnavailable

__all__ = ["main"]


def main() -> None:
    """Do what the lines say until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _allow_many_sockets()
    gc.freeze()
    loop, relays = Loop(), dict[int, Relay]()
    loop.start()
    with ExitStack() as ends:
        for line in sys.stdin:
            answer = _answer(json.loads(line), loop, relays, ends)
            print(json.dumps(answer), flush=True)  # noqa: T201
    loop.stop()


def _answer(asked: dict[str, Any], loop: Loop, relays: dict[int, Relay], ends: ExitStack) -> dict[str, Any]:
    if asked["do"] == "open":
        relay = ends.enter_context(
            Relay(asked["host"], asked["port"], seed=asked["seed"], loop=loop, is_counting=False)
        )
        relays[relay.port] = relay
        return {"port": relay.port}
    relay = relays[asked["relay"]]
    if asked["do"] == "set":
        relay.set_distance(Distance(**asked["distance"]), asked["own_ns"])
        return {}
    try:
        return asdict(relay.passed())
    except BrokerUnavailable as error:
        return {"error": error.format_message()}


def _allow_many_sockets() -> None:
    """Raise the limit on open files, of which a connection needs two, as far as anybody may; Windows has none."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
