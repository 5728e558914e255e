"""Breaks brokers and workers on purpose, and keeps a ledger of what became of every task."""
