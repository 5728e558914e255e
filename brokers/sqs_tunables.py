"""What can be tuned on Amazon SQS."""

from brokers.tunable import Tunable

__all__ = ["TUNABLES"]

TUNABLES = (
    Tunable(
        name="broker_transport_options.polling_interval",
        values=(0.1, 0.02, 0.5),
        default=1,
        does="is how long a worker waits, in seconds, once it holds all tasks that it may prefetch, or found none",
        costs="an idle worker asks a little more often, which a paid service charges for",
        acts_since=("kombu>=5.7",),
        metrics=("throughput", "latency", "cpu"),
        partners=("worker_prefetch_multiplier", "task_acks_late"),
    ),
    Tunable(
        name="broker_transport_options.wait_time_seconds",
        values=(20,),
        default=10,
        does="is how long an empty receive waits for a task at the service, in seconds: idle workers ask less often",
        costs="a worker whose connection hangs notices it later",
        metrics=("dollars",),
        touches=("http-timeout-receive",),
    ),
    Tunable(
        name="broker_transport_options.sqs_base64_encoding",
        values=(False,),
        default=True,
        does="sends the message as text, instead of in base64, which is a third longer",
        costs="workers of a kombu before 5.2.4 cannot read it",
        acts_since=("kombu>=5.2.4",),
        metrics=("enqueue", "throughput", "latency", "cpu", "dollars"),
        touches=("retries", "largest-payload"),
    ),
    Tunable(
        name="broker_transport_options.body_encoding",
        values=(None,),
        default="base64",
        does="sends a message's body as it is, instead of in base64, which is a third longer",
        costs="nothing, unless messages are compressed: those become longer",
        metrics=("enqueue", "throughput", "latency", "cpu", "dollars"),
        touches=("retries", "largest-payload"),
    ),
)
