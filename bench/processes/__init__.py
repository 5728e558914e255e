"""A subject's processes: how they are started, stopped, listened to and counted."""
