"""What runs INSIDE a subject: a producer, a worker or a ceiling, in the subject's own interpreter.

The harness starts this folder by its path (``python bench/subject``) and talks to it in JSON lines over its
standard input and output. Everything here imports only the standard library, Celery, and in a ceiling what
Celery's transport imports. It runs on Python 3.8 and Celery 4.4 and later, so nothing has to be installed
beside a user's app.
"""
