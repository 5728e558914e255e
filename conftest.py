"""Loads the benchmarks' pytest plugin: ``pytest bench --brokers redis,rabbitmq:durable,sqs``."""

pytest_plugins = ["bench.pytest_plugin.plugin"]
