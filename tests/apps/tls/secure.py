"""An app that reaches its broker by TLS, with a certificate by a relative path."""

import ssl
from pathlib import Path

from celery import Celery

_CERTIFICATES = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": "certificates/authority.txt"}
assert Path(_CERTIFICATES["ssl_ca_certs"]).exists()

app = Celery("secure", broker="rediss://:elsewhere@127.0.0.1:1/0", backend="rediss://:elsewhere@127.0.0.1:1/1")
app.conf.update(broker_use_ssl=_CERTIFICATES, redis_backend_use_ssl=_CERTIFICATES)


@app.task
def double(number: int) -> int:
    return 2 * number
