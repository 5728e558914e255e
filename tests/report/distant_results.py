"""Plausible results of subjects at a distance from their servers."""

from collections.abc import Mapping

from made_results import Made, make_result

from bench.records.distance import Distance
from bench.records.figures import Cost
from bench.records.provenance import ServerRecord, WayRecord
from bench.records.result import Result
from bench.records.workload import Workload

REDIS = Made(label="redis@0.3ms", call_ns=760_000, tasks_per_s=640)
RABBITMQ = Made(label="rabbitmq@2ms", call_ns=420_000, tasks_per_s=780, software="rabbitmq", version="3.10.8")
SQS = Made(label="sqs@8ms", call_ns=18_100_000, tasks_per_s=38, software="ministack", version="1.5.2", emulator=True)
NARROW = {"rtt": "0.5ms", "jitter": "0.1ms", "bandwidth": "10MB/s", "stall": "1%"}
FULL = Distance(rtt_ns=500_000, jitter_ns=100_000, bytes_per_s=1e7, stalled=0.01)
TRIPS = {"redis@0.3ms": (1.0, 3.1), "rabbitmq@2ms": (0.02, 0.91), "sqs@8ms": (2.0, 1.3)}


def way(rtt_ns: int, added_ns: int | None = None, **changes: object) -> WayRecord:
    """Return the way of a distance that the raw client found 10 us longer, or as long as is said."""
    fields = {
        "distance": Distance(rtt_ns=rtt_ns),
        "real_rtt_ns": 52_000,
        "added_ns": rtt_ns + 10_000 if added_ns is None else added_ns,
        "added_p99_ns": rtt_ns + 95_000,
        "relay_ns": 28_000,
        "late_ns": 4_000,
        "pings": 200,
    }
    return WayRecord.model_validate(fields | changes)


def with_ways(result: Result, ways: Mapping[str, list[WayRecord]]) -> Result:
    """Return the result with these ways of its subjects, by label."""
    subjects = [one.model_copy(update={"ways": ways.get(one.label, [])}) for one in result.subjects]
    return result.model_copy(update={"subjects": subjects})


def with_own_servers(result: Result) -> Result:
    """Return the result as measured on the user's own servers."""

    def own(server: ServerRecord) -> ServerRecord:
        return server.model_copy(update={"private": False, "emulator": False})

    subjects = [one.model_copy(update={"server": one.server and own(one.server)}) for one in result.subjects]
    return result.model_copy(update={"subjects": subjects})


def distant_result() -> Result:
    """Measure three subjects, each at its own distance, and what their tasks cost."""
    costs = [
        Cost(subject=label, tier="fast", tasks=9000, round_trips={"enqueue": enqueue, "drain": drain})
        for label, (enqueue, drain) in TRIPS.items()
    ]
    result = make_result(REDIS, RABBITMQ, SQS, costs=costs)
    own_ns = {"redis@0.3ms": 300_000, "rabbitmq@2ms": 2_000_000, "sqs@8ms": 8_000_000}
    return with_ways(result, {label: [way(rtt_ns)] for label, rtt_ns in own_ns.items()})


def narrow_result() -> Result:
    """Measure two subjects at the same distance, with jitter, a bandwidth and stalls."""
    made = Made(label="redis@0.5ms", call_ns=980_000), Made(label="rabbitmq@0.5ms", call_ns=405_000)
    workload = Workload(name="noop", summary="A task that does nothing.", **NARROW)
    ways = {one.label: [way(500_000, distance=FULL)] for one in made}
    return with_ways(make_result(*made, workload=workload), ways)


def missed_result() -> Result:
    """Measure subjects of which one did not get its distance, so that its figures are void."""
    result = distant_result()
    missed = way(300_000, 1_923_000)
    found = with_ways(result, {one.label: one.ways for one in result.subjects} | {"redis@0.3ms": [missed]})
    reason = "the distance was not the one asked for: round trips took 1.92 ms longer instead of 0.3 ms"
    rows = [
        row.model_copy(update={"void": f"{reason}: measure again on a quieter machine"})
        if row.subject == "redis@0.3ms"
        else row
        for row in found.summary
    ]
    return found.model_copy(update={"summary": rows})
