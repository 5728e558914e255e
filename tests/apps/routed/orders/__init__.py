"""An app with routes, several queues and bound tasks."""
