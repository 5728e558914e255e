"""What can be tuned on RabbitMQ."""

from brokers.tunable import Tunable

__all__ = ["TUNABLES"]

TUNABLES = (
    Tunable(
        name="broker_transport_options.confirm_publish",
        values=(False,),
        default=False,
        does="decides whether a producer waits until the server has confirmed each task",
        costs="without it, a task that the server does not get is lost silently",
        metrics=("enqueue", "cpu"),
        touches=("server-killed-publishing", "server-stopped-publishing", "memory-full", "disk-full"),
        weaker=(False,),
        gives_up="a task that the server never got would be lost silently",
    ),
    Tunable(
        name="task_default_delivery_mode",
        values=(1,),
        default=2,
        does="keeps tasks in the server's memory, and writes none to disk",
        costs="tasks that wait are lost when the server ends, also by a restart",
        metrics=("enqueue", "throughput", "latency"),
        touches=("server-killed", "server-killed-publishing"),
        weaker=(1,),
        gives_up="waiting tasks would be lost when the server restarts",
        needs={"task_default_queue_type": "classic"},
    ),
    Tunable(
        name="server.queue_index_embed_msgs_below",
        values=("65536",),
        default="4096",
        does="writes messages of up to this many bytes into the queue's own index, instead of into the shared store",
        costs="more of the server's memory for each waiting task",
        metrics=("enqueue", "throughput", "latency"),
        touches=("server-killed",),
        needs={"task_default_queue_type": "classic"},
        over_bytes=4096,
    ),
)
