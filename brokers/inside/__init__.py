"""What runs inside a subject: files that a broker names, each loaded there by its path.

Such a file cannot import anything of this project: only the standard library (Python 3.8), Celery, kombu and the
client. A raw client is a class ``RawClient(app, connection, prefetch)``. It receives the app, one of the app's open
kombu connections, and the prefetch: how many messages may be unacknowledged (0: no limit), and whether that limit
holds for the whole channel. It has four methods:

- ``take_back()`` returns the one message that Celery published to the app's queue, acknowledged, or None;
- ``sender(message)`` returns a callable that sends the bytes of that message again at each call;
- ``deliveries(count)`` yields messages as they arrive, each of which is acknowledged before the next is requested; it
  ends early when no more arrive, and is closed once ``count`` were taken;
- ``acknowledge(message)`` acknowledges one of them.

A file that leads a client by way of a relay, where the client does not look hosts up by ``socket.getaddrinfo``, has a
function ``apply(find)``. At each connection, it asks ``find(host, port)``, which returns host and port of the relay to
connect to instead, or None. Everything else stays as it is, above all the name that a certificate must have.

A file that shortens a wait where an older library does not know the setting has a function ``apply(settings)``.
"""
