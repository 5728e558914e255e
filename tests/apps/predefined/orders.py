"""An app on SQS whose queues exist already and may not be made."""

from celery import Celery

app = Celery("orders", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "region": "eu-west-1",
        "predefined_queues": {"orders": {"url": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"}},
    },
    task_default_queue="orders",
    task_create_missing_queues=False,
)


@app.task
def ship(number: int) -> int:
    return number
