from celery import shared_task
from flask import current_app


@shared_task
def greet(name: str) -> str:
    """Need Flask's current application."""
    return f"{current_app.config['GREETING']}, {name}"
