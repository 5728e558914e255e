"""What runs inside a subject: files that a broker names, each loaded there by its path.

Nothing of this project can be imported there: only the standard library (Python 3.8), Celery, kombu and the client. A
raw client is a class ``RawClient(app, connection, prefetch)``: the app and an open kombu connection of it, and how many
messages may be under way (0: no limit) and whether that is for the channel. It has four methods:

- ``take_back()`` returns the one message that Celery has published to the app's queue, acknowledged, or None;
- ``sender(message)`` returns what sends the bytes of that message again, each time that it is called;
- ``deliveries(count)`` yields messages as they come, each of which is acknowledged before the next is asked for; it
  ends sooner when no more come, and is closed once ``count`` were taken;
- ``acknowledge(message)`` acknowledges one of them.

What shortens a wait where an older library does not know the setting is a function ``apply(settings)``.
"""
