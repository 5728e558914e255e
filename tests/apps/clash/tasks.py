"""An app whose modules have the names of this project's own."""

from celery import Celery

from bench import add_up
from brokers import NAME

app = Celery(NAME, broker="redis://:elsewhere@127.0.0.1:1/0")


@app.task
def add(x: int, y: int) -> int:
    """Add by way of a package that is called ``bench``."""
    return add_up(x, y)
