"""Loads the pytest plugin of the benchmarks: ``pytest bench --brokers redis,rabbitmq:durable,sqs``."""

pytest_plugins = ["bench.pytest_plugin.plugin"]
