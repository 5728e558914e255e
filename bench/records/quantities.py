"""Quantities in the user's notation: durations, rates and shares. An error says how to write them."""

import re
from decimal import Decimal

__all__ = ["bytes_per_s", "duration_ns", "rtt_ns", "share_or_zero", "short_duration"]

_UNITS_NS = {"us": 1e3, "ms": 1e6, "s": 1e9}
_PREFIXES = {"": 1, "k": 1e3, "ki": 2**10, "m": 1e6, "mi": 2**20, "g": 1e9, "gi": 2**30}
_LEAST_BYTES_PER_S, _MOST_BYTES_PER_S = 1_000.0, 125e9
_MOST_RTT_NS = 1_000_000_000  # a satellite is 600 ms away; clients give up connecting after some seconds


def duration_ns(text: str) -> int:
    """Read a duration in nanoseconds from text such as ``100ms`` or ``2s``. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *(us|ms|s)", text.strip())
    length_ns = round(float(found[1]) * _UNITS_NS[found[2]]) if found else 0
    if not length_ns:
        raise ValueError(f"{text!r} is not a duration; use for example 100ms or 2s")
    return length_ns


def rtt_ns(text: str) -> int:
    """Read a round-trip time, or a part of one, in nanoseconds: ``0.5ms``, or ``0``. Raises ValueError.

    ``short_duration`` writes each of them exactly, so two distances never have the same name.
    """
    if re.fullmatch(r"0+(\.0+)? *(us|ms|s)?", text.strip()):
        return 0
    try:
        length_ns = duration_ns(text)
    except ValueError:
        raise ValueError(f"{text!r} {_no_rtt(text.strip())}") from None
    if length_ns > _MOST_RTT_NS:
        raise ValueError(f"{text!r} is more than 1 s; no broker is that far away")
    if _exact_ns(text) != _exact_ns(short_duration(length_ns)):
        raise ValueError(f"{text!r} is too precise; use for example {short_duration(length_ns)}")
    return length_ns


def _no_rtt(text: str) -> str:
    """Return what is wrong with a text that is not a round-trip time, and what to write instead."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return f"has no unit; use for example {text}ms"
    if re.fullmatch(r"-\d+(\.\d+)? *(us|ms|s)?", text):
        return "is negative; use for example 0.5ms, or 0"
    if re.fullmatch(r"\d+(\.\d+)? *(us|ms|s)", text):
        return "is shorter than a nanosecond; use for example 0.5ms, or 0"
    return "is not a round-trip time; use for example 0.5ms, or 0"


def _exact_ns(text: str) -> Decimal:
    found = re.fullmatch(r"([\d.]+) *([a-z]+)", text.strip())
    return Decimal(found[1]) * int(_UNITS_NS[found[2]]) if found else Decimal(0)


def short_duration(length_ns: int) -> str:
    """Write a duration as ``duration_ns`` reads it: ``0.5ms``."""
    unit = "s" if length_ns >= _UNITS_NS["s"] else "ms" if length_ns >= _UNITS_NS["ms"] / 10 else "us"
    return f"{length_ns / _UNITS_NS[unit]:g}{unit}"


def bytes_per_s(text: str) -> float:
    """Read a bandwidth in bytes a second: ``10MB/s``, ``100Mbit/s``, ``64KiB/s``. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *([kKMG]i?)?(bit|B)(?:/s|ps)?", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a bandwidth; use for example 10MB/s or 100Mbit/s")
    rate = float(found[1]) * _PREFIXES[(found[2] or "").lower()] / (8 if found[3] == "bit" else 1)
    if not _LEAST_BYTES_PER_S <= rate <= _MOST_BYTES_PER_S:
        raise ValueError(f"{text!r} is not a bandwidth between 1kB/s and 1000Gbit/s")
    return rate


def share_or_zero(text: str) -> float:
    """Read a percentage from 0 to below 100, such as ``1%``, as a fraction of one. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *%|(0)", text.strip())
    share = float(found[1] or 0) / 100 if found else 1.0
    if share >= 1:
        raise ValueError(f"{text!r} is not a share; use a percentage below 100 %, such as 1%")
    return share
