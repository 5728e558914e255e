from celery import Celery

app = Celery("orders", include=["orders.jobs"])
app.config_from_object("orders.settings")
