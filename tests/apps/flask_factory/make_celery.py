from portal import create_app, jobs

__all__ = ["app", "celery_app", "jobs"]

app = create_app()  # Flask's own, which is no Celery app although its name is that of one
celery_app = app.extensions["celery"]
