"""An app whose settings are read by pydantic-settings, from the environment and a file beside it."""

from celery import Celery
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CELERY_", env_file="worker.env", extra="forbid")

    broker_url: str
    result_backend: str
    prefetch: int = 1


settings = Settings()
app = Celery("worker", broker=settings.broker_url, backend=settings.result_backend)
app.conf.worker_prefetch_multiplier = settings.prefetch


@app.task
def double(number: int) -> int:
    return 2 * number
