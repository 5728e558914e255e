"""Compares subjects: the request, the run, and its result."""
