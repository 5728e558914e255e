"""The Celery configuration module that the environment variable BROKER selects.

``app.config_from_object("brokers.config")`` reads this module's lower-case names. BROKER takes
``broker[:profile]``; the server is the user's (REDIS_URL, RABBITMQ_URL, SQS_URL) or the broker's standard
local address. Importing it raises UsageError when BROKER names no broker.
"""

from brokers.selection import selected_settings

__all__: list[str] = []

globals().update(selected_settings())
