"""A subject's worker as ``bench/subject`` starts it, but without a record of what it runs."""

from bench.subject.application import facts, load, pin
from bench.subject.pipe import Pipe

__all__: list[str] = []


def main() -> None:
    """Take the job of a worker and do it."""
    pipe = Pipe()
    job = pipe.receive()
    pin(job["cores"])
    app = load(job)
    from celery import signals

    signals.worker_ready.connect(lambda **_: pipe.send(event="ready", facts=facts(app, job)), weak=False)
    app.worker_main(["worker", *job["argv"]])


if __name__ == "__main__":
    main()
