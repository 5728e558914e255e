"""Encodes counts as an HdrHistogram, in the compressed form V2 of ``HdrHistogram.java``, for 3 significant digits.

The library hdrhistogram is not used, because on Linux on arm64 it has to be compiled. The tests read back with it what
is written here.
"""

import base64
import struct
import zlib
from collections.abc import Iterable, Iterator

__all__ = ["encoded_histogram", "highest_of_bucket"]

_COOKIE, _COMPRESSED_COOKIE = 0x1C849313, 0x1C849314
_SIGNIFICANT_DIGITS = 3
_SUB_BUCKET_BITS = 11  # 2048 buckets of 1; from there on each power of two is cut into 1024
_SEVEN_BITS, _LONGEST = 0x7F, 9
_HALF = 1 << (_SUB_BUCKET_BITS - 1)


def encoded_histogram(samples: Iterable[tuple[int, int]], highest: int) -> str:
    """Return these values, in rising order, with their counts, in base 64; ``highest`` is the largest that it can hold.

    Raises ValueError for a negative value, or one that is too large.
    """
    counts = b"".join(_numbers(samples, highest))
    header = struct.pack(">iiiiqqd", _COOKIE, len(counts), 0, _SIGNIFICANT_DIGITS, 1, highest, 1.0)
    compressed = zlib.compress(header + counts)
    return base64.b64encode(struct.pack(">ii", _COMPRESSED_COOKIE, len(compressed)) + compressed).decode()


def highest_of_bucket(value: int) -> int:
    """Return the largest value that is counted in the same bucket."""
    width = 1 << _power(value)
    return value // width * width + width - 1


def _numbers(samples: Iterable[tuple[int, int]], highest: int) -> Iterator[bytes]:
    """Yield each bucket's count; a run of empty ones is one negative number, its length."""
    following = 0
    for index, count in _buckets(samples, highest):
        if empty := index - following:
            yield _variable_length(-empty)
        yield _variable_length(count)
        following = index + 1


def _buckets(samples: Iterable[tuple[int, int]], highest: int) -> Iterator[tuple[int, int]]:
    """Yield each bucket that has samples once, with its count."""
    last, total = -1, 0
    for value, count in samples:
        if not 0 <= value <= highest:
            raise ValueError(f"{count} samples of {value} ns do not fit into a histogram from 0 to {highest} ns")
        index = _index(value)
        if index != last and total:
            yield last, total
            total = 0
        last, total = index, total + count
    if total:
        yield last, total


def _index(value: int) -> int:
    power = _power(value)
    return power * _HALF + (value >> power)


def _power(value: int) -> int:
    """Return the binary logarithm of the width of the value's bucket."""
    return max(0, value.bit_length() - _SUB_BUCKET_BITS)


def _variable_length(number: int) -> bytes:
    """Return a signed number as ZigZag LEB128: seven bits a byte, the lowest first, and eight in the ninth."""
    rest = (number << 1) ^ (number >> 63)
    found = bytearray()
    while rest > _SEVEN_BITS and len(found) < _LONGEST - 1:
        found.append(rest & _SEVEN_BITS | 0x80)
        rest >>= 7
    return bytes([*found, rest])
