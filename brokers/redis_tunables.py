"""What can be tuned on Redis and Valkey."""

from brokers.tunable import Tunable

__all__ = ["TUNABLES"]

TUNABLES = (
    Tunable(
        name="broker_transport_options.body_encoding",
        values=(None,),
        default="base64",
        does="sends a message's body as it is, instead of in base64, which is a third longer",
        costs="nothing, unless messages are compressed: those become longer",
        metrics=("enqueue", "throughput", "latency", "cpu"),
        touches=("retries", "largest-payload"),
    ),
    Tunable(
        name="broker_transport_options.priority_steps",
        values=([0],),
        default=[0, 3, 6, 9],
        does="keeps one list for each queue, instead of one for each of four priorities",
        costs="tasks have no priorities, and what waits in the other lists is not taken any more",
        metrics=("throughput", "latency", "cpu"),
        touches=("priority-plain",),
        weaker=([0],),
        gives_up="tasks would have no priorities",
    ),
    Tunable(
        name="broker_transport_options.ack_emulation",
        values=(False,),
        default=True,
        does="takes a task from its list without recording it as unacknowledged: one command instead of ten",
        costs="what a worker had taken is gone when it is killed, also with late acknowledgement",
        metrics=("throughput", "latency", "cpu"),
        touches=("worker-killed-as-set", "worker-killed-late", "prefetch-killed", "shutdown-cold", "connection-reset"),
        weaker=(False,),
        gives_up="no task that a killed worker had taken would come back",
    ),
    Tunable(
        name="hiredis",
        values=(True,),
        default=False,
        does="parses the server's answers in C instead of in Python",
        requirement="redis[hiredis]",
        metrics=("enqueue", "throughput", "latency", "cpu"),
    ),
    Tunable(
        name="server.appendfsync",
        values=("everysec", "no"),
        default="everysec",
        does="decides when the append-only file is synced: at each write, each second, or when the system likes",
        costs="tasks of up to a second, or of half a minute, are lost when the machine fails",
        metrics=("enqueue", "throughput", "latency"),
        touches=("server-killed", "server-killed-publishing"),
        weaker=("everysec", "no"),
        gives_up="accepted tasks would be lost when the machine fails",
        needs={"server.appendonly": "yes"},
    ),
)
