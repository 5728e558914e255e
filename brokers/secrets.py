"""Keeping passwords out of everything that a person or a file gets to see."""

import re
from urllib.parse import urlsplit

__all__ = ["redacted", "redacted_url"]

_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/@\s]*@")


def redacted_url(url: str) -> str:
    """Give the URL without user, password and query: scheme, host, port and path."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def redacted(text: str) -> str:
    """Give the text with the user and password of every URL in it replaced by ``***``."""
    return _USERINFO.sub(r"\g<scheme>***@", text)
