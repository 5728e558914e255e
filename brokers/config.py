"""The Celery configuration module that the environment variable BROKER selects.

``app.config_from_object("brokers.config")`` reads this module's lower-case names. BROKER is
``broker[:profile]``; the server is the user's (``REDIS_URL`` and the like) or the one at the broker's
standard local address. Importing this module raises UsageError if BROKER does not name a broker.
"""

from brokers.selection import selected_settings

__all__: list[str] = []

globals().update(selected_settings())
