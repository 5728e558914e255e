"""Services that charge for each request: nothing there is broken."""

from bench.processes.subject import Subject
from brokers.protocol import Server

__all__ = ["paid_service"]


def paid_service(subject: Subject) -> str:
    """Return why the subject's server is never broken, with what to do, if its requests cost money; empty otherwise."""
    source = subject.broker.find()
    server = Server(url=source.target, software=subject.broker.name, version="")
    if source.kind != "url" or subject.broker.dollars(server, subject.profile, 1) is None:
        return ""
    return f"a paid service is never broken: unset {subject.broker.url_variable}"
