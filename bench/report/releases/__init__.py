"""The reports of a history of releases."""
