"""A Flask application that is made by a function, and keeps its Celery app among its extensions."""

from celery import Celery, Task
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["CELERY"] = {
        "broker_url": "redis://:elsewhere@127.0.0.1:1/0",
        "result_backend": "redis://:elsewhere@127.0.0.1:1/1",
        "task_ignore_result": True,
    }
    app.config["GREETING"] = "Good day"
    app.extensions["celery"] = _celery_of(app)
    return app


def _celery_of(app: Flask) -> Celery:
    class InContext(Task):
        """Runs each task where Flask's current application is set."""

        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=InContext)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    return celery_app
