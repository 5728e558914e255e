"""The brokers that tasks can run on: one small class each, found by name.

This package is the project's only plug. It does not depend on the tasks or on the measurement.
"""

from brokers.errors import BrokerbenchError, BrokerUnavailable, UsageError
from brokers.http_service import HttpService
from brokers.overlay import overlay
from brokers.protocol import Broker, Lease, Profile, Resource, Server, Source, Tier, Tunable, Wait, Waits
from brokers.registry import find_broker, find_profile, installed_brokers, split_subject
from brokers.wire import Meter, Wire, WireProtocol, wire_of

__all__ = [
    "Broker",
    "BrokerUnavailable",
    "BrokerbenchError",
    "HttpService",
    "Lease",
    "Meter",
    "Profile",
    "Resource",
    "Server",
    "Source",
    "Tier",
    "Tunable",
    "UsageError",
    "Wait",
    "Waits",
    "Wire",
    "WireProtocol",
    "find_broker",
    "find_profile",
    "installed_brokers",
    "overlay",
    "split_subject",
    "wire_of",
]
