# syntax=docker/dockerfile:1
# Brokerbench with all servers, run by a user without privileges: see docs/install.md.
FROM python:3.13-slim-trixie

# The policy keeps apt from starting what it installs: Brokerbench starts its own servers.
# hadolint ignore=DL3008
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d \
    && chmod 755 /usr/sbin/policy-rc.d \
    && apt-get update \
    && apt-get install --yes --no-install-recommends git rabbitmq-server redis-server \
    && rm -rf /var/lib/apt/lists/*

# pip brings the servers of valkey, sqs and postgres.
RUN --mount=type=bind,target=/source,rw \
    pip install --no-cache-dir --constraint /source/constraints.txt /source

RUN useradd --create-home --no-log-init --uid 1000 brokerbench \
    && install --directory --owner=brokerbench /work
USER 1000
WORKDIR /work
ENTRYPOINT ["brokerbench"]
CMD ["compare"]
