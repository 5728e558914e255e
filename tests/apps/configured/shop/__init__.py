"""An app that is configured by the module that CELERY_CONFIG_MODULE names."""
