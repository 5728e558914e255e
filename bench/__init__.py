"""Measures what the brokers cost: the engine, what runs inside a subject, statistics, records and reports."""
