"""One direction of a network: when a piece that is sent now arrives."""

import random

from bench.records.distance import NEAR, Distance

__all__ = ["RETRANSMISSION_NS", "Line"]

RETRANSMISSION_NS = 200_000_000
"""How long Linux waits at least before it sends a lost segment again (``TCP_RTO_MIN`` in ``include/net/tcp.h``)."""
_LARGEST_PIECE_BYTES, _SMALLEST_PIECE_BYTES = 65_536, 1_024
_PIECES_PER_S = 200  # of a narrow line, so that bytes arrive evenly
_WINDOW_BYTES = 4 << 20  # in flight at most, as the windows of Linux grow
_QUEUE_S = 0.1  # what waits before a narrow line, as in the buffer of a router


class Line:
    """One direction of the network that all connections of a relay share. Times are of the monotonic clock.

    ``own_ns`` is what the relay itself takes for each way; it is taken off what is added.
    """

    def __init__(self, rng: random.Random, distance: Distance = NEAR, own_ns: int = 0) -> None:
        self._rng = rng
        self._free_at_ns = 0
        self.set(distance, own_ns)

    def set(self, distance: Distance, own_ns: int = 0) -> None:
        """Have this distance from now on. What is in flight arrives as it would have."""
        self.distance = distance
        self.is_zero = distance.is_zero
        self._way_ns = max(0, distance.rtt_ns // 2 - own_ns)
        self._jitter_ns = distance.jitter_ns // 2
        rate = distance.bytes_per_s
        self._ns_per_byte = 1e9 / rate if rate else 0.0
        self._stalled_ns = RETRANSMISSION_NS + distance.rtt_ns
        self.piece_bytes = _LARGEST_PIECE_BYTES
        self.window_bytes = _LARGEST_PIECE_BYTES if self.is_zero else _WINDOW_BYTES
        if rate:
            fair = int(rate / _PIECES_PER_S)
            self.piece_bytes = max(_SMALLEST_PIECE_BYTES, min(_LARGEST_PIECE_BYTES, fair))
            in_flight = int(rate * (distance.rtt_ns / 1e9 + _QUEUE_S))
            self.window_bytes = max(_LARGEST_PIECE_BYTES, min(_WINDOW_BYTES, in_flight))

    def arrival_ns(self, now_ns: int, size_bytes: int) -> int:
        """Return when a piece arrives that is sent now; on a narrow line, pieces go one after another."""
        if self._ns_per_byte:
            now_ns = max(now_ns, self._free_at_ns) + round(size_bytes * self._ns_per_byte)
            self._free_at_ns = now_ns
        arrival_ns = now_ns + self._way_ns
        if self._jitter_ns:
            arrival_ns += round(self._rng.uniform(-self._jitter_ns, self._jitter_ns))
        if self.distance.stalled and self._rng.random() < self.distance.stalled:
            arrival_ns += self._stalled_ns
        return arrival_ns
