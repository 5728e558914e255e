"""The TLS parameters of a Redis URL, in each spelling that redis-py, kombu or Celery's result backend accepts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["BadUrl", "missing_file", "read_tls"]

_CHECKS = ("required", "optional", "none")
_SWITCHES = {
    **dict.fromkeys(("true", "1", "t", "yes", "y"), True),
    **dict.fromkeys(("false", "0", "f", "no", "n"), False),
}
_FILES = ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile")


class BadUrl(ValueError):
    """A URL cannot be read. The text is safe to show: it quotes nothing of the URL."""


def read_tls(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the options for redis-py, which kombu passes on. Raises BadUrl for any that is unknown or unreadable.

    Without ``ssl_cert_reqs``, the certificate is checked: kombu would trust any, and redis-py would not. Host names
    are checked unless ``ssl_check_hostname`` says otherwise: redis-py before 6 would not. Files are meant from the
    current folder, because the processes that use them work in others.
    """
    unknown = set(parameters) - set(_READERS)
    if unknown:
        raise BadUrl(f"its URL has a parameter for TLS that is not one of {', '.join(sorted(_READERS))}: leave it out")
    options = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    options |= {name: _READERS[name](name, value) for name, value in parameters.items()}
    if options["ssl_cert_reqs"] == "none":
        options["ssl_check_hostname"] = False  # Python refuses to check the name in a certificate that is not checked
    return options


def missing_file(options: Mapping[str, Any]) -> str | None:
    """Return ``ssl_ca_certs=PATH`` or the like for the first of the options' files that is not there."""
    return next(
        (f"{name}={options[name]}" for name in _FILES if name in options and not Path(options[name]).exists()), None
    )


def _check(name: str, value: str) -> str:
    check = value.lower().removeprefix("cert_")
    if check not in _CHECKS:
        raise BadUrl(f"its {name} is not one of {', '.join(_CHECKS)}: use one of these")
    return check


def _switch(name: str, value: str) -> bool:
    if value.lower() not in _SWITCHES:
        raise BadUrl(f"its {name} is neither true nor false: use one of these")
    return _SWITCHES[value.lower()]


def _file(name: str, value: str) -> str:
    if not value:
        raise BadUrl(f"its {name} is empty: name a file, or leave it out")
    return str(Path(value).absolute())


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise BadUrl(f"its {name} is not a number: use 771 for TLS 1.2 or 772 for TLS 1.3") from None


def _text(_: str, value: str) -> str:
    return value


_READERS: dict[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(_FILES, _file),
    **dict.fromkeys(("ssl_ca_data", "ssl_ciphers", "ssl_password"), _text),
    "ssl_cert_reqs": _check,
    "ssl_check_hostname": _switch,
    "ssl_min_version": _number,
}
