import json

from kombu.serialization import register

register("shop", json.dumps, json.loads, content_type="application/x-shop", content_encoding="utf-8")

broker_url = "redis://:elsewhere@127.0.0.1:1/0"
result_backend = "redis://:elsewhere@127.0.0.1:1/1"
imports = ("shop.jobs",)
task_serializer = "shop"
accept_content = ["shop"]
worker_prefetch_multiplier = 2
shop_currency = "EUR"  # not Celery's, and the app's tasks read it
