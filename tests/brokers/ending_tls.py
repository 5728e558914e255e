"""What ends TLS before a server that speaks clear text, as a proxy of a managed service does."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["ending_tls"]


@contextmanager
def ending_tls(directory: Path, port: int, name: str = "server") -> Iterator[int]:
    """Yield the port of a proxy before that port of this machine, with the certificate ``name`` of the directory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, context, port), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        while True:
            client = listener.accept()[0]
            threading.Thread(target=_carry, args=(client, context, port), daemon=True).start()


def _carry(client: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with suppress(OSError):
        secured = context.wrap_socket(client, server_side=True)
        server = socket.create_connection(("127.0.0.1", port))
        for one, other in ((secured, server), (server, secured)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), source, target:
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_RDWR)
