"""The processes of a subject: how they are started, stopped, listened to and counted."""
