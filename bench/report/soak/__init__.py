"""The reports of a soak."""
