"""What runs INSIDE a subject: a producer or a worker, in the subject's own interpreter.

The harness starts this folder by its path (``python bench/subject``) and talks to it in JSON lines over its
standard input and output. Everything here imports only the standard library and Celery, and runs on Python 3.8
and Celery 4.4 and later, so that nothing has to be installed beside a user's app.
"""
