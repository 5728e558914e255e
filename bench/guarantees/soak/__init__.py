"""A soak: tasks come steadily for long, and what the worker and its server hold is watched for drift."""
