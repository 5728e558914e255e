"""Says, before a measurement, which servers of the user's it is about to measure, and asks where that may be a mistake.

A URL in a developer's environment is often the server of an app, so a user's app is not measured there unasked.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from bench.commands.approval import confirmed
from bench.processes.named_servers import Named, named_by
from brokers.errors import UsageError
from brokers.outside import safe_line
from brokers.protocol import Broker, Source

__all__ = ["announce_servers", "server_option"]


def announce_servers(
    brokers: Iterable[Broker], named: Sequence[str], *, of_app: bool, yes: bool, err: bool = False
) -> None:
    """Print a line for each of the user's servers that the brokers lead to, and how to get a private one instead.

    ``named`` are the values of ``--server``. Until the command ends they are used as if the environment named them, and
    errors about a server name what the user gave. With the user's app (``of_app``), a server that only the environment
    names must be confirmed, or ``yes`` must say so. Raises UsageError if it is not. ``err`` prints to standard error.
    """
    used = {broker.name: broker for broker in brokers}
    inherited = {name: _variable(used[name], source) for name, source in _users(used).items()}
    given = _given(named, used)
    chosen = {name: _url_of(text, used[name]) for name, text in given.items()}
    if chosen:
        urls = {used[name].url_variable: url for name, url in chosen.items()}
        click.get_current_context().with_resource(_environment(urls))
    unnamed = [name for name in inherited if name not in chosen]
    asks = of_app and bool(unnamed) and not yes
    if asks and not sys.stdin.isatty():
        raise UsageError(_refusal(used[unnamed[0]], inherited[unnamed[0]]))
    users = _users(used)
    words = {name: _in_words(given.get(name), inherited.get(name)) for name in users}
    click.get_current_context().with_resource(named_by({used[name].url_variable: words[name] for name in users}))
    for name, source in users.items():
        remedy = words[name].leave_out
        click.echo(f"{name}: your server at {source.location} is measured; for a private one, {remedy}", err=err)
    if asks and not confirmed():
        raise UsageError(_refusal(used[unnamed[0]], inherited[unnamed[0]]))


def server_option() -> Callable[[Any], Any]:
    """Return the option that names the user's servers."""
    text = "Measure on this server of yours: a URL, or the variable that has it; repeatable."
    return click.option("--server", "servers", multiple=True, metavar="[BROKER=]URL", help=text)


def _given(named: Sequence[str], used: dict[str, Broker]) -> dict[str, str]:
    """Return what names a server by the broker's name. Raises UsageError if it belongs to none or several of them."""
    given: dict[str, str] = {}
    for text in named:
        head, _, url = text.partition("=")
        name = head if head in used else next(iter(used)) if len(used) == 1 else ""
        if not name:
            raise UsageError(f"--server does not say which broker it is for: use {'=URL or '.join(used)}=URL")
        if not used[name].url_variable:
            raise UsageError(f"{name} has no server of yours: leave out --server")
        if name in given:
            raise UsageError(f"--server is given twice for {name}: leave one out")
        given[name] = url if head == name else text
    return given


def _in_words(given: str | None, variable: str | None) -> Named:
    """Return what a server was ``given`` with, an option's value, or else with which variable."""
    leave_out = " and ".join(
        filter(None, ("leave out --server" * (given is not None), f"unset {variable}" * bool(variable)))
    )
    if given is None:
        return Named(variable or "", leave_out)
    return Named(given if given.isidentifier() and os.environ.get(given) else "--server", leave_out)


def _url_of(text: str, broker: Broker) -> str:
    """Return the URL, or that of the variable that the text names: a URL with a password is better not an argument."""
    source = broker.find()
    if text in (broker.url_variable, source.named_by):
        if source.kind == "url":
            return source.target
    elif text.isidentifier() and os.environ.get(text):
        return os.environ[text]
    elif "://" in text or (text.islower() and text.isidentifier()):  # a word such as aws is the broker's to read
        return text
    elif not text.isidentifier():  # it may have a password
        raise UsageError(f"--server for {broker.name} is not a URL, nor the name of a variable: begin it with a scheme")
    raise UsageError(safe_line(f"--server {text}: it is not set: set it, or use a URL"))


def _users(used: dict[str, Broker]) -> dict[str, Source]:
    """Return where the user's servers are."""
    return {name: source for name, broker in used.items() if (source := broker.find()).kind == "url"}


def _variable(broker: Broker, source: Source) -> str:
    return source.named_by or broker.url_variable


def _refusal(broker: Broker, variable: str) -> str:
    return (
        f"not measured: {broker.name} at {broker.find().location}, which {variable} names, may be your app's own "
        f"server: use --yes or --server {variable} to measure there, or run 'unset {variable}' for a private one"
    )


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    """Set these variables in the block."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
