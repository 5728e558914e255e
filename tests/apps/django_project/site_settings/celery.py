import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings.settings")

app = Celery("site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
