"""What can be tuned in Celery itself, on every broker."""

from collections.abc import Mapping

from bench.processes.platform import allowed_cores, pools
from brokers.tunable import Tunable

__all__ = ["UNFELT", "celery_tunables"]

_SETTINGS = (
    Tunable(
        name="worker_prefetch_multiplier",
        values=(16, 64, 1),
        default=4,
        does="is how many tasks a worker takes ahead, for each process or thread of its pool",
        costs="what a worker has taken waits for it, however long its tasks are, while other workers may be idle",
        metrics=("throughput", "latency", "cpu", "dollars"),
        touches=("deploy-killed", "connection-reset"),
        partners=("concurrency", "task_acks_late", "broker_transport_options.polling_interval"),
    ),
    Tunable(
        name="task_acks_late",
        values=(True, False),
        default=False,
        does="decides whether a task is acknowledged when it has finished, instead of when it starts",
        costs="late: a task runs again if its worker is killed; early: it is lost",
        metrics=("throughput", "latency", "cpu"),
        touches=("worker-killed-as-set", "child-killed-as-set", "shutdown-cold", "deploy-killed"),
        weaker=(False,),
        gives_up="a task would be lost when the worker that runs it is killed",
        partners=("worker_prefetch_multiplier", "broker_transport_options.polling_interval"),
    ),
    Tunable(
        name="task_serializer",
        values=("msgpack",),
        default="json",
        does="writes arguments in a binary form, which is shorter and faster to read",
        costs="every worker must accept it before the first task is sent; not every type can be written",
        acts_since=("msgpack",),
        along={"accept_content": ["json", "msgpack"]},
        metrics=("enqueue", "throughput", "latency", "cpu"),
        touches=("retries", "chain", "largest-payload"),
    ),
    Tunable(
        name="task_compression",
        values=("zlib", None),
        default=None,
        does="decides how the arguments of each task are compressed",
        costs="CPU time in producers and workers",
        metrics=("enqueue", "throughput", "latency", "cpu", "dollars"),
        touches=("retries", "largest-payload"),
        over_bytes=1000,
    ),
    Tunable(
        name="task_protocol",
        values=(1,),
        default=2,
        does="sends tasks in Celery's older form, without a readable copy of the arguments in each",
        costs="logs and monitors do not show arguments; root_id, parent_id and stamps do not arrive with a task",
        metrics=("enqueue", "throughput", "latency", "cpu"),
        touches=("retries", "chain", "chord"),
        weaker=(1,),
        gives_up="root_id, parent_id and stamps would not arrive with a task",
    ),
    Tunable(
        name="task_publish_retry",
        values=(False,),
        default=True,
        does="decides whether a call tries again when its connection fails",
        costs="without it, apply_async raises at the first failure",
        metrics=("enqueue", "cpu"),
        touches=("connection-reset", "server-down"),
        weaker=(False,),
        gives_up="a call would raise as soon as its connection fails",
    ),
    Tunable(
        name="broker_pool_limit",
        values=(10,),
        default=10,
        does="keeps connections open between calls of apply_async",
        costs="that many connections for each process that sends tasks, at most",
        metrics=("enqueue", "cpu", "dollars"),
        touches=("server-restarted-idle",),
    ),
    Tunable(
        name="worker_max_tasks_per_child",
        values=(None,),
        default=None,
        does="keeps the pool's processes, instead of replacing each after a number of tasks",
        costs="memory that tasks leak is not given back any more",
        metrics=("throughput", "latency", "cpu"),
        weaker=(None,),
        gives_up="memory that tasks leak would not be given back",
    ),
)

UNFELT: Mapping[str, str] = {
    "broker_connection_timeout": "it acts only while a connection is made",
    "broker_heartbeat": "it decides how soon a dead connection is noticed, and takes two frames in two minutes",
    "broker_heartbeat_checkrate": "it decides how soon a dead connection is noticed",
    "broker_transport_options.fanout_patterns": "it acts on broadcasts alone",
    "broker_transport_options.fanout_prefix": "it acts on broadcasts alone",
    "broker_transport_options.health_check_interval": "it decides how soon a dead connection is noticed",
    "broker_transport_options.max_connections": "one thread uses one connection",
    "broker_transport_options.pool_size": "one thread uses one connection",
    "broker_transport_options.socket_keepalive": "it decides how soon a dead connection is noticed",
    "broker_transport_options.socket_settings": (
        "TCP_USER_TIMEOUT decides how long unsent bytes wait until a connection is given up"
    ),
    "broker_transport_options.socket_timeout": "it decides how soon a dead connection is noticed",
    "broker_transport_options.visibility_timeout": "it decides when an unacknowledged task comes back",
    "result_compression": "a measurement keeps no results",
    "result_expires": "a measurement keeps no results",
    "result_extended": "a measurement keeps no results",
    "result_serializer": "a measurement keeps no results",
    "server.commit_delay": "it acts only when several connections commit at the same moment",
    "server.save": "a private server writes no snapshots",
    "task_ignore_result": "a measurement keeps no results",
    "task_reject_on_worker_lost": "it acts only when a process of the pool is killed",
    "task_track_started": "a measurement keeps no results",
    "worker_disable_prefetch": "it lets several workers share long tasks, and one worker is measured",
    "worker_disable_rate_limits": "without a rate limit it does nothing, and a rate limit of yours is kept",
    "worker_enable_remote_control": "a measurement has no remote control",
    "worker_send_task_events": "a measurement sends no events",
}
"""Settings that people tune, and why no goal feels them here."""


def celery_tunables(cores: int | None = None) -> tuple[Tunable, ...]:
    """Return what can be tuned in Celery, with pools that work here, and concurrencies up to that many cores.

    Without ``cores``, those are the ones that this process may use.
    """
    return (*_SETTINGS, _pool(), _concurrency(cores or len(allowed_cores())))


def _pool() -> Tunable:
    return Tunable(
        name="pool",
        values=tuple(pool for pool in ("threads", "solo", "prefork") if pool in pools()),
        default="prefork",
        does="is what a worker runs its tasks in: processes, threads, or its only process itself",
        costs="threads share one interpreter, solo runs one task at a time, and neither enforces time limits: "
        "a task that crashes its process ends the worker",
        metrics=("throughput", "latency", "cpu"),
        partners=("concurrency",),
    )


def _concurrency(cores: int) -> Tunable:
    powers = [2**power for power in range(cores.bit_length()) if 2**power < cores]
    return Tunable(
        name="concurrency",
        values=(cores, *reversed(powers)),
        default=1,
        does="is how many tasks a worker runs at a time",
        costs="memory for each process of a prefork pool; without it, Celery runs one for each core of its machine",
        metrics=("throughput", "latency", "cpu", "dollars"),
        partners=("pool", "worker_prefetch_multiplier"),
    )
