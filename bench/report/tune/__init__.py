"""The reports of a tuning."""
