"""Runs an SQS emulator behind its gate, on 127.0.0.1, in its own process.

The credentials are in a file, because every user of the machine can read a command line.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

from brokers.emulator_gate import EmulatorGate

__all__ = ["main", "write_credentials"]

_HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75  # as ``python -m ministack`` sets it


def write_credentials(file: Path, key: str, secret: str) -> None:
    """Write the credentials that the gate demands to a new file that nobody else can read."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(f"{key}\n{secret}\n")


def main(name: str, port: str, file: str) -> None:
    """Serve the emulator of that name on that port until killed. ``file`` was written by ``write_credentials``."""
    key, secret = Path(file).read_text().splitlines()
    serve = {"ministack": _serve_ministack, "moto": _serve_moto}[name]
    serve(EmulatorGate(key, secret), int(port))


def _serve_ministack(gate: EmulatorGate, port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    _allow_many_connections()
    config = Config()
    config.bind = [f"{_HOST}:{port}"]
    config.keep_alive_timeout = _KEEP_ALIVE_S
    config.loglevel = "WARNING"
    asyncio.run(serve(gate.asgi(app), config, mode="asgi"))  # type: ignore[arg-type]  # hypercorn types each message


def _serve_moto(gate: EmulatorGate, port: int) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import run_simple

    app = gate.wsgi(DomainDispatcherApplication(create_backend_app))
    run_simple(_HOST, port, app, threaded=True, request_handler=MotoRequestHandler)


def _allow_many_connections() -> None:
    """Raise the limit of open files to the allowed maximum, as ``python -m ministack`` does."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
