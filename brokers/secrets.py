"""Keeping passwords out of everything that a person or a file gets to see."""

import re
from typing import Any

__all__ = ["reason", "redacted", "redacted_url", "without_secrets"]

# Up to the last @ of the word: a password that nobody percent-encoded may hold one itself.
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)\S*@")
_OPTION = re.compile(r"(?i)\b(?P<name>password|passwd|secret|token|signature)=[^&\s]+")

_SECRET_NAME = re.compile("passw|secret|token|credential|access_?key|security_key", re.IGNORECASE)


def without_secrets(value: Any, name: str = "") -> Any:
    """Give a setting's value with ``***`` for each value in it whose name sounds like a secret's."""
    if isinstance(value, dict):
        return {key: without_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, name) for item in value]
    if value and _SECRET_NAME.search(name):
        return "***"
    return redacted(value) if isinstance(value, str) else value


def redacted_url(url: str) -> str:
    """Give the URL without user, password and query: scheme, host, port and path.

    What stands before the last ``@`` is never shown, so a URL that cannot be parsed keeps its secret too.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    place = rest.rpartition("@")[2]
    return f"{scheme}{separator}{re.split('[?#]', place)[0]}"


def redacted(text: str) -> str:
    """Give the text with the user and password of every URL in it, and every ``password=``, replaced by ``***``."""
    return _OPTION.sub(r"\g<name>=***", _USERINFO.sub(r"\g<scheme>***@", text))


def reason(error: Exception) -> str:
    """Give an error's words in one line without secrets, to stand in a message."""
    if isinstance(error, ValueError):  # it quotes parts of the URL, and the password may be one of them
        return "the URL cannot be read; percent-encode what is special in its password"
    return redacted(" ".join(str(error).split())).removesuffix(".")
