"""The pytest plugin: ``pytest bench --brokers redis,rabbitmq:durable,sqs``."""
