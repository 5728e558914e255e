"""What can be tuned on PostgreSQL with pgmq."""

from brokers.tunable import Tunable

__all__ = ["TUNABLES"]

TUNABLES = (
    Tunable(
        name="broker_transport_options.polling_interval",
        values=(0.1, 0.02),
        default=1.0,
        does="is how long a worker waits, in seconds, once it holds all tasks that it may prefetch, or found none",
        costs="a worker that waits for its pool wakes up more often",
        metrics=("throughput", "latency", "cpu"),
        partners=("worker_prefetch_multiplier", "task_acks_late", "broker_transport_options.wait_time_seconds"),
    ),
    Tunable(
        name="broker_transport_options.poll_interval_ms",
        values=(10, 25),
        default=100,
        does="is how often the server looks for a task while a worker's read waits, in milliseconds",
        costs="an idle worker's read takes more of the server's CPU time",
        metrics=("latency", "cpu"),
    ),
    Tunable(
        name="broker_transport_options.use_notify",
        values=(True,),
        default=False,
        does="wakes a worker up by NOTIFY between two reads",
        costs="another connection for each worker",
        metrics=("latency", "cpu"),
        touches=("server-restarted-idle", "black-hole-worker", "worker-killed-as-set"),
        partners=("broker_transport_options.wait_time_seconds",),
    ),
    Tunable(
        name="broker_transport_options.wait_time_seconds",
        values=(0,),
        default=10,
        does="is how long a read waits for a task in the server, in seconds; with 0, the worker waits between reads",
        costs="without use_notify or a short polling_interval, an idle worker takes a task up to a second later",
        metrics=("throughput", "latency", "cpu"),
        touches=("server-restarted-idle",),
        partners=("broker_transport_options.use_notify", "broker_transport_options.polling_interval"),
    ),
    Tunable(
        name="broker_transport_options.body_encoding",
        values=(None,),
        default="base64",
        does="stores a message's body as it is, instead of in base64, which is a third longer",
        costs="nothing, unless messages are compressed: those become longer",
        metrics=("enqueue", "throughput", "latency", "cpu"),
        touches=("retries", "largest-payload"),
    ),
    Tunable(
        name="server.wal_sync_method",
        values=("open_datasync",),
        default="fdatasync",
        does="syncs a commit by the write itself, instead of by a second system call",
        costs="on some file systems, it is the slower of the two",
        metrics=("enqueue", "throughput", "latency"),
        touches=("server-killed", "server-killed-publishing"),
        needs={"server.synchronous_commit": "on"},
    ),
    Tunable(
        name="server.synchronous_commit",
        values=("off",),
        default="on",
        does="answers before a commit is synced to disk",
        costs="tasks of the last half second are lost when the server or the machine fails, and run again if finished",
        metrics=("enqueue", "throughput", "latency"),
        touches=("server-killed", "server-killed-publishing"),
        weaker=("off",),
        gives_up="accepted tasks would be lost when the server fails",
    ),
)
