from typing import Any

from orders.app import app


@app.task(bind=True, queue="orders", autoretry_for=(OSError,), max_retries=2)
def ship(self: Any, number: int) -> str:
    """Know which task it is."""
    return f"{self.name} {number} by {self.request.id}"


@app.task(bind=True, base=app.Task, queue="bulk")
def count(self: Any, numbers: list[int]) -> int:
    """Count."""
    return len(numbers)
