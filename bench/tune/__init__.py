"""Finds the settings that make a subject best for a task, and proves it."""
