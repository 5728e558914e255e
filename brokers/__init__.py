"""The brokers that tasks can run on: one small class each, found by name.

This package is the only plug of the project. It knows nothing of tasks or of measuring.
"""

from brokers.errors import BrokerbenchError, BrokerUnavailable, UsageError
from brokers.protocol import Broker, Lease, Profile, Resource, Server, Source, Tier, Wait, Waits
from brokers.registry import find_broker, find_profile, installed_brokers, split_subject
from brokers.wire import Wire, wire_of

__all__ = [
    "Broker",
    "BrokerUnavailable",
    "BrokerbenchError",
    "Lease",
    "Profile",
    "Resource",
    "Server",
    "Source",
    "Tier",
    "UsageError",
    "Wait",
    "Waits",
    "Wire",
    "find_broker",
    "find_profile",
    "installed_brokers",
    "split_subject",
    "wire_of",
]
