"""Finds the settings that make one subject best for one task."""
