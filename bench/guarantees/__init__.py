"""Breaks brokers and workers on purpose, and keeps a ledger of what happened to every task."""
