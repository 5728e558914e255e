"""The faults, one module each: its ``FAULTS`` are the faults that it runs, and its docstring explains them."""

from difflib import get_close_matches

from bench.guarantees.fault import Fault
from bench.guarantees.faults import (
    autoscale,
    black_hole,
    broadcast,
    canvas,
    child_killed,
    connection_reset,
    consumer_timeout,
    delivery_limit,
    deploy,
    deploy_mixed,
    deploy_storm,
    eta_accuracy,
    eta_beyond_visibility,
    eta_holds_immediate,
    events,
    evicted,
    fair_dispatch,
    http_answers,
    inspection,
    largest_payload,
    max_tasks_per_child,
    order,
    out_of_memory,
    persistence_off,
    prefetch_killed,
    priority,
    producer_killed,
    reconnect_busy,
    resource_exhausted,
    retries,
    revoke,
    revoked_persistently,
    server_down,
    server_killed,
    server_killed_publishing,
    server_restarted,
    server_stopped,
    server_stopped_publishing,
    shutdown,
    shutdown_short_tasks,
    slow_network,
    task_outlives_visibility,
    time_limit,
    worker_killed,
)
from brokers.errors import UsageError

__all__ = ["catalogue", "chosen"]

_MODULES = (
    child_killed,
    worker_killed,
    prefetch_killed,
    shutdown,
    shutdown_short_tasks,
    out_of_memory,
    delivery_limit,
    time_limit,
    task_outlives_visibility,
    consumer_timeout,
    max_tasks_per_child,
    autoscale,
    revoked_persistently,
    server_killed,
    server_killed_publishing,
    server_restarted,
    server_stopped,
    server_stopped_publishing,
    resource_exhausted,
    persistence_off,
    evicted,
    connection_reset,
    reconnect_busy,
    black_hole,
    slow_network,
    http_answers,
    server_down,
    producer_killed,
    deploy,
    deploy_storm,
    deploy_mixed,
)

_SEMANTICS = (
    eta_accuracy,
    eta_holds_immediate,
    eta_beyond_visibility,
    priority,
    order,
    largest_payload,
    revoke,
    inspection,
    events,
    broadcast,
    fair_dispatch,
    retries,
    canvas,
)
"""Nothing is broken: these show what each broker does."""


def catalogue() -> dict[str, Fault]:
    """Return every fault by name, in the order of the matrix."""
    return {fault.name: fault for module in (*_MODULES, *_SEMANTICS) for fault in module.FAULTS}


def chosen(names: tuple[str, ...], *, quick: bool, of_app: bool = False) -> list[Fault]:
    """Return the faults with these names, else the ``quick`` ones, else all; ``of_app`` adds those of a user's app.

    Raises UsageError for an unknown name.
    """
    known = catalogue()
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"the faults are {', '.join(known)}"
            raise UsageError(f"no fault named {name!r}: {remedy}")
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [fault for fault in known.values() if (fault.quick or not quick) and (of_app or not fault.of_app)]
