import os

from celery import Celery

os.environ.setdefault("CELERY_CONFIG_MODULE", "shop.celeryconfig")

app = Celery("shop")
