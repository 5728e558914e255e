"""Keeps a proxy of the environment away from servers on this machine."""

from collections.abc import MutableMapping

__all__ = ["bypass_proxies_on_loopback"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.0/8")  # Python knows no networks, others no brackets
_BYPASSED = ("no_proxy", "NO_PROXY")
_EVERYTHING = "*"


def bypass_proxies_on_loopback(environ: MutableMapping[str, str]) -> None:
    """Add this machine's own addresses to ``no_proxy`` and ``NO_PROXY``, for this process and those that it starts.

    Every client reads these two (urllib, botocore, libcurl, uv, pip), some in one case only, and some only the first
    that is set. Without a proxy nothing is changed: on macOS, urllib would ignore the system's proxies.
    """
    proxies = [name for name in environ if name.lower().endswith("_proxy") and name not in _BYPASSED and environ[name]]
    values = [environ.get(name, "").strip() for name in _BYPASSED]
    if not proxies or _EVERYTHING in values:
        return
    for name, value in zip(_BYPASSED, values, strict=True):
        known = [one for text in (value or "".join(values)).split(",") if (one := text.strip())]
        environ[name] = ",".join(dict.fromkeys([*known, *_LOOPBACK]))
