"""Reads every spelling of a Redis URL, and writes it in the one form that all versions of Celery read alike.

redis-py's ``from_url`` and kombu each know spellings that the other refuses or reads differently: ``unix://`` and
``redis+socket://``, ``?db=`` and ``?virtual_host=``, ``ssl_cert_reqs=CERT_REQUIRED`` and ``required``. So neither of
them reads the user's URL: it is read here, once, and both the harness's client and Celery's settings are made of what
was read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from brokers.protocol import Settings
from brokers.redis_tls import BadUrl, read_tls

__all__ = ["Place", "read_url"]

_LOOPBACK = "127.0.0.1"  # kombu's own; "localhost" may be ::1, which is another place
_PORT, _SENTINEL_PORT = 6379, 26379
_TLS = "ssl_"
_OF_SENTINEL = "sentinel_"
_MASTER = "master_name"
_CREDENTIALS = frozenset({"username", "password"})
_DATABASE_PARAMETER = {"redis": "db", "rediss": "db", "unix": "db", "redis+socket": "virtual_host", "sentinel": "db"}
"""The query parameter that names the database, by scheme."""
_UNREADABLE = "its URL cannot be read: percent-encode the special characters in its password"
_SOCKETS = frozenset({"redis+socket", "unix"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a URL leads to: a database of a server at ``host:port``, at a Unix ``socket``, or named by Sentinels.

    ``tls`` has redis-py's options by the names that kombu uses, too; it is empty for clear text.
    ``sentinel_options`` are the options of the connections to the Sentinels, as redis-py names them.
    """

    host: str = _LOOPBACK
    port: int = _PORT
    socket: str = ""
    database: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sentinels: tuple[tuple[str, int], ...] = ()
    master: str = ""
    sentinel_options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """Return the URL for Celery. What it cannot say is in the settings beside it."""
        if self.socket:
            return f"redis+socket://{self._userinfo}{quote(self.socket)}?virtual_host={self.database}"
        scheme = "sentinel" if self.sentinels else "rediss" if self.tls else "redis"
        hosts = self.sentinels or ((self.host, self.port),)
        # Each with the credentials and the database: kombu forgets those of the first when it tries the next.
        return ";".join(f"{scheme}://{self._userinfo}{_bracketed(host)}:{port}/{self.database}" for host, port in hosts)

    @property
    def _userinfo(self) -> str:
        user, password = quote(self.username, safe=""), quote(self.password, safe="")
        return f"{user}{':' * bool(password)}{password}@" if user or password else ""

    def broker_settings(self) -> Settings:
        """Return the Celery settings that make this place the broker."""
        options = self._sentinel_settings()
        return {
            "broker_url": self.url,
            **({"broker_use_ssl": dict(self.tls)} if self.tls else {}),
            **({"broker_transport_options": options} if options else {}),
        }

    def result_settings(self) -> Settings:
        """Return the Celery settings that keep results at this place."""
        options = self._sentinel_settings()
        return {
            "result_backend": self.url,
            **({"redis_backend_use_ssl": dict(self.tls)} if self.tls else {}),
            **({"result_backend_transport_options": options} if options else {}),
        }

    def _sentinel_settings(self) -> Settings:
        own = {"sentinel_kwargs": dict(self.sentinel_options)} if self.sentinel_options else {}
        return {"master_name": self.master, **own} if self.sentinels else {}

    def without_credentials(self) -> "Place":
        """Return the same place for a stranger, who knows no password and has no certificate."""
        own = {"ssl_certfile", "ssl_keyfile", "ssl_password"}
        tls = {name: value for name, value in self.tls.items() if name not in own}
        return replace(self, username="", password="", tls=tls)


def read_url(url: str) -> Place:
    """Return what the URL leads to. Raises BadUrl if it cannot be read, or if kombu would read it differently."""
    try:
        parts = [urlsplit(part) for part in url.split(";")]
        if any(map(_is_cut, parts)):
            raise BadUrl(_UNREADABLE)
        if parts[0].scheme == "sentinel":
            return _sentinels(parts)
        if len(parts) > 1:
            raise BadUrl("its URL names several servers: name one, and percent-encode a ; in a password")
        return _server(parts[0])
    except BadUrl:
        raise
    except ValueError as error:  # it quotes parts of the URL, and the password may be one of them
        raise BadUrl(_UNREADABLE) from error


def _is_cut(parts: SplitResult) -> bool:
    """Return True if a special character ended the host's part within the password."""
    rest = parts._replace(scheme="", netloc="").geturl()
    return bool(parts.fragment) or ("@" in rest and "@" not in parts.netloc and parts.scheme not in _SOCKETS)


def _server(parts: SplitResult) -> Place:
    if parts.scheme not in _DATABASE_PARAMETER:
        raise BadUrl(f"its URL's scheme is not one of {', '.join(_DATABASE_PARAMETER)}: begin it with redis://")
    query = _query(parts)
    own: dict[str, Any] = {"database": _database(parts, query), **_credentials(parts, query)}
    tls = {} if parts.scheme in _SOCKETS else {name: query.pop(name) for name in list(query) if name.startswith(_TLS)}
    if query:
        raise BadUrl(f"its URL has a parameter that is not one of {_parameters(parts.scheme)}: leave it out")
    if parts.scheme in _SOCKETS:
        return Place(socket=_socket(parts), **own)
    options = read_tls(tls) if tls or parts.scheme == "rediss" else {}
    return Place(host=_host(parts), port=parts.port or _PORT, tls=options, **own)


def _sentinels(every: list[SplitResult]) -> Place:
    """Return the place that these Sentinels name. What is said once holds for all of them."""
    if any(parts.scheme != "sentinel" or not parts.hostname for parts in every):
        raise BadUrl("one of its Sentinels has no host: write each as sentinel://host:port, with ; between them")
    query = _agreed((_query(parts) for parts in every), "parameters")
    own: dict[str, Any] = _agreed((_credentials(parts, {}) for parts in every), "users or passwords")
    databases = [{"db": parts.path} for parts in every if parts.path.strip("/")]
    path = _agreed(databases, "databases").get("db", "")
    own["database"] = _database(every[0]._replace(path=path), query)
    if not (master := query.pop(_MASTER, "")):
        raise BadUrl(f"its URL does not say which server its Sentinels should name: add ?{_MASTER}=NAME")
    tls = {name: query.pop(name) for name in list(query) if name.startswith(_TLS)}
    options = {name.removeprefix(_OF_SENTINEL): query.pop(name) for name in list(query) if _is_sentinels(name)}
    if query:
        raise BadUrl(f"its URL has a parameter that is not one of {_parameters('sentinel')}: leave it out")
    return Place(
        sentinels=tuple((_host(parts), parts.port or _SENTINEL_PORT) for parts in every),
        master=master,
        tls=read_tls(tls) if tls else {},
        sentinel_options=_sentinel_options(options),
        **own,
    )


def _is_sentinels(name: str) -> bool:
    option = name.removeprefix(_OF_SENTINEL)
    return option != name and (option in _CREDENTIALS or option.startswith(_TLS))


def _sentinel_options(options: dict[str, str]) -> dict[str, Any]:
    """Return redis-py's options for connections to Sentinels, of the parameters without their prefix."""
    tls = {name: value for name, value in options.items() if name.startswith(_TLS)}
    credentials = {name: value for name, value in options.items() if name in _CREDENTIALS}
    return {**credentials, **({"ssl": True, **read_tls(tls)} if tls else {})}


def _agreed(several: Any, what: str) -> dict[str, str]:
    """Return all these together. Raises BadUrl if two of them differ: kombu would change from one to the other."""
    whole: dict[str, str] = {}
    for one in several:
        if any(whole.get(name, value) != value for name, value in one.items()):
            raise BadUrl(f"its Sentinels have different {what}: use the same in each")
        whole |= one
    return whole


def _query(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise BadUrl("its URL has the same parameter twice: leave one out")
    return dict(pairs)


def _credentials(parts: SplitResult, query: dict[str, str]) -> dict[str, str]:
    """Return the user and password that the URL has, which override those in its query, as in redis-py."""
    named = {"username": parts.username, "password": parts.password}
    asked = {name: query.pop(name) for name in _CREDENTIALS if name in query and parts.scheme != "redis+socket"}
    return {**asked, **{name: unquote(value) for name, value in named.items() if value}}


def _database(parts: SplitResult, query: dict[str, str]) -> int:
    """Return the number of the database, which the path names or the query. Raises BadUrl if they differ."""
    parameter = query.pop(_DATABASE_PARAMETER[parts.scheme], None)
    path = "" if parts.scheme in _SOCKETS else unquote(parts.path)
    numbers = {_number(text) for text in _said(path.removeprefix("/"), parameter)}
    if len(numbers) > 1:
        raise BadUrl("its URL names two databases: leave one out")
    return numbers.pop() if numbers else 0


def _said(path: str, parameter: str | None) -> Iterator[str]:
    if path not in ("", "/"):  # kombu's default is "/"
        yield path
    if parameter is not None:
        yield parameter


def _number(text: str) -> int:
    digits = text.removeprefix("/")
    if not (digits.isascii() and digits.isdigit()):
        raise BadUrl("its database is not a number: use one, such as /0")
    return int(digits)


def _socket(parts: SplitResult) -> str:
    if parts.hostname or not parts.path.strip("/"):
        raise BadUrl(f"its URL has no socket's path: use {parts.scheme}:///PATH")
    return unquote(parts.path)


def _host(parts: SplitResult) -> str:
    return unquote(parts.hostname or "") or _LOOPBACK


def _bracketed(host: str) -> str:
    return f"[{quote(host, safe=':')}]" if ":" in host else quote(host, safe="")


def _parameters(scheme: str) -> str:
    own = () if scheme == "redis+socket" else ("password", "username") if scheme != "sentinel" else ()
    tls = () if scheme in _SOCKETS else (f"{_TLS}...",)
    sentinels = (_MASTER, f"{_OF_SENTINEL}...") if scheme == "sentinel" else ()
    return ", ".join((_DATABASE_PARAMETER[scheme], *own, *tls, *sentinels))
