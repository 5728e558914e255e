"""The reports of the gate and of the history of results."""
