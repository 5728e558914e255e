"""Runs an SQS emulator behind its gate: ``python -m brokers.emulator NAME PORT``, on 127.0.0.1.

The credentials come through the environment: a command line could be read by every user of the machine.
"""

import asyncio
import os
import sys
from contextlib import suppress

from brokers.emulator_gate import Gate

__all__ = ["KEY_VARIABLE", "SECRET_VARIABLE", "main"]

KEY_VARIABLE = "BROKERBENCH_EMULATOR_KEY"
SECRET_VARIABLE = "BROKERBENCH_EMULATOR_SECRET"  # noqa: S105 - a variable's name
_HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75  # what ``python -m ministack`` sets


def main(name: str, port: int) -> None:
    """Serve until killed. What the emulator starts does not inherit the credentials."""
    gate = Gate(os.environ.pop(KEY_VARIABLE), os.environ.pop(SECRET_VARIABLE))
    {"ministack": _serve_ministack, "moto": _serve_moto}[name](gate, port)


def _serve_ministack(gate: Gate, port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    _allow_many_connections()
    config = Config()
    config.bind = [f"{_HOST}:{port}"]
    config.keep_alive_timeout = _KEEP_ALIVE_S
    config.loglevel = os.environ["LOG_LEVEL"]
    asyncio.run(serve(gate.asgi(app), config, mode="asgi"))  # type: ignore[arg-type]  # hypercorn types each message


def _serve_moto(gate: Gate, port: int) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import run_simple

    app = gate.wsgi(DomainDispatcherApplication(create_backend_app))
    run_simple(_HOST, port, app, threaded=True, request_handler=MotoRequestHandler)


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as is allowed, as ``python -m ministack`` does."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
