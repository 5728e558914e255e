"""What is asked of a PostgreSQL database: by which address, what it is, whether pgmq is there, and to drop queues."""

import re
import secrets
import string
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from brokers.errors import BrokerUnavailable
from brokers.secrets import reason, redacted_url

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "Address",
    "address_of",
    "admits_strangers",
    "connected",
    "deprived",
    "described",
    "drop_queues",
    "install_pgmq",
]

_SCHEMES = ("postgresql", "postgres", "pgmq")
_TIMEOUT_S = 5
_UNSAFE = re.compile(r"[\s'\\\0]")
"""pgmq's client joins the parts of an address to a string for libpq without quoting them."""
_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit", "max_connections", "shared_buffers")
_WITHOUT = {
    "disk": {"default_transaction_read_only": "on"},
    "persistence": {"synchronous_commit": "off", "wal_writer_delay": "10s"},
}
_PGMQ = """
    SELECT to_regtype('pgmq.message_record') IS NOT NULL,
           EXISTS (SELECT FROM pg_attribute JOIN pg_type ON attrelid = typrelid
                   WHERE pg_type.oid = to_regtype('pgmq.message_record') AND attname = 'last_read_at'),
           (SELECT extversion FROM pg_extension WHERE extname = 'pgmq')
"""
_DROP = """
    SELECT pgmq.drop_queue(queue_name) FROM pgmq.meta
    WHERE queue_name = ANY(%s) OR queue_name ~ ('(^|_)' || %s || '(_|$)')
"""


class Address(NamedTuple):
    """Where a database is, with what pgmq's client assumes for the parts that a URL leaves out."""

    host: str
    port: int
    user: str
    password: str
    database: str

    def url(self, scheme: str) -> str:
        """Return it as a URL with every part, none of which is taken from a variable then."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user, password, database = (quote(part, safe="") for part in (self.user, self.password, self.database))
        return f"{scheme}://{user}:{password}@{host}:{self.port}/{database}"


def address_of(url: str) -> Address:
    """Parse a URL. Raises BrokerUnavailable for what pgmq's client would ignore or misread."""
    try:
        parts = urlsplit(url)
        address = Address(
            parts.hostname or "localhost",
            parts.port or 5432,
            *(unquote(part or "postgres") for part in (parts.username, parts.password, parts.path[1:])),
        )
    except ValueError as error:
        raise _unusable(url, reason(error)) from error
    if parts.scheme not in _SCHEMES:
        raise _unusable(url, "its scheme is not postgresql")
    if parts.query or parts.fragment or "," in parts.netloc.rpartition("@")[2]:
        raise _unusable(url, "pgmq's client ignores a query, and knows one host: use variables such as PGSSLMODE")
    if any(_UNSAFE.search(str(part)) for part in address):
        raise _unusable(url, "pgmq's client cannot pass on spaces, quotes and backslashes")
    return address


def _unusable(url: str, why: str) -> BrokerUnavailable:
    return BrokerUnavailable(f"cannot use {redacted_url(url)} ({why}): fix or unset POSTGRES_URL")


@contextmanager
def connected(url: str) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """Yield a short-lived connection; raise its errors as ours, without the URL's secrets."""
    import psycopg  # slow

    host, port, user, password, database = address_of(url)
    try:
        with psycopg.connect(
            host=host,
            port=port,
            user=user,
            password=password,
            dbname=database,
            connect_timeout=_TIMEOUT_S,
            autocommit=True,
        ) as connection:
            yield connection
    except psycopg.Error as error:
        why = reason(error).replace(password, "***").partition(" Is the server running")[0]  # libpq asks back
        if "authentication failed" in why:
            text = f"postgres at {redacted_url(url)} refuses the user or password in its URL: fix POSTGRES_URL"
        else:
            text = f"postgres at {redacted_url(url)} does not answer ({why}): start it, or fix or unset POSTGRES_URL"
        raise BrokerUnavailable(text) from error


def described(url: str) -> tuple[str, dict[str, str]]:
    """Return the server's version, and the settings that decide what it promises, with pgmq's version.

    Raises BrokerUnavailable if the database has no pgmq, or one that is too old for kombu. Nothing is installed: that
    is the user's decision.
    """
    with connected(url) as connection:
        version = str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]
        found = dict(
            connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_SETTINGS)])
        )
        has_pgmq, is_new, release = connection.execute(_PGMQ).fetchone()  # type: ignore[misc]
    if not has_pgmq:
        remedy = 'run "CREATE EXTENSION pgmq" (or the package pgmq\'s sql/pgmq.sql) in it'
        raise BrokerUnavailable(f"the database at {redacted_url(url)} has no pgmq: {remedy}, or unset POSTGRES_URL")
    if not is_new:
        raise BrokerUnavailable(
            f"pgmq {release or ''} at {redacted_url(url)} is too old for kombu: "
            'run "ALTER EXTENSION pgmq UPDATE" there, or unset POSTGRES_URL'
        )
    return version.split(maxsplit=1)[0], {**found, "pgmq": release or "installed without a version"}


def install_pgmq(url: str) -> None:
    """Install the SQL that the package pgmq carries: the extension without its packaging."""
    with connected(url) as connection, connection.transaction():
        connection.execute(files("pgmq").joinpath("sql", "pgmq.sql").read_bytes())


def drop_queues(url: str, names: Iterable[str]) -> None:
    """Drop these queues, and those whose names contain the first of these names between underscores.

    A queue's archive, triggers and bindings go with it.
    """
    tables = [re.sub(rf"[{re.escape(string.punctuation)}]", "_", name) for name in names]  # as kombu does
    with connected(url) as connection:
        connection.execute(_DROP, [tables, tables[0]])


def admits_strangers(url: str) -> bool:
    """Return True if any password will do, or a well-known one. Raises BrokerUnavailable if it does not answer."""
    own = address_of(url)
    tries = (own._replace(password=secrets.token_hex(8)), own._replace(user="postgres", password="postgres"))  # noqa: S106
    return any(_admits(one.url("postgresql")) for one in tries)


def _admits(url: str) -> bool:
    try:
        with connected(url):
            return True
    except BrokerUnavailable as error:
        if "FATAL" in str(error.__cause__):  # the server's own answer
            return False
        raise


@contextmanager
def deprived(url: str, of: Literal["disk", "persistence"]) -> Iterator[None]:
    """Change settings of the whole server while the block runs, also if it is restarted meanwhile."""
    changes = _WITHOUT[of]
    _alter(url, [(f"SET {name} = ", value) for name, value in changes.items()])
    try:
        yield
    finally:
        with suppress(BrokerUnavailable):
            _alter(url, [(f"RESET {name}", None) for name in changes])


def _alter(url: str, changes: Iterable[tuple[str, str | None]]) -> None:
    from psycopg import sql

    with connected(url) as connection:
        connection.execute("SET default_transaction_read_only = off")
        for change, value in changes:
            connection.execute(
                sql.SQL("ALTER SYSTEM " + change) + sql.Literal(value) if value else "ALTER SYSTEM " + change
            )
        connection.execute("SELECT pg_reload_conf()")
