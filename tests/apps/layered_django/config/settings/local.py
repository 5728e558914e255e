from config.settings.base import *  # noqa: F403 - settings are layered so

DEBUG = True
CELERY_TASK_EAGER_PROPAGATES = True
