"""A producer: enqueues on command, and times each call."""

from __future__ import annotations

from functools import partial
from typing import Any

from .answering import failure, serve, time_calls, time_calls_in_new_threads
from .application import facts, load, pin
from .around import time_calls_of
from .limits import limits
from .message_size import message_bytes
from .pacer import Pacer, fine_timers
from .pipe import Pipe
from .publishing import PublishedCount
from .recorder import Recorder, task_id
from .stamps import stamp_sending
from .watching import Watch

__all__ = ["run"]


def run(job: dict[str, Any], pipe: Pipe) -> None:
    """Do what the harness commands until it closes the connection."""
    pin(job.get("starting_cores", []))
    app = load(job)
    pin(job["cores"])
    producer, watch = _Producer(app.tasks[job["task"]], job), Watch(job)

    def answer(command: dict[str, Any], done: list[int]) -> dict[str, Any]:
        answered = producer.answer(command, done)
        watch.look()
        return answered

    pipe.send(event="ready", facts=facts(app, job))
    serve(pipe, answer)


class _Producer:
    """Enqueues the job's task: ``_enqueue`` with an id from Celery, ``_send`` with a given id."""

    def __init__(self, task: Any, job: dict[str, Any]) -> None:
        self._task = task
        self._own = time_calls_of(task) if "own_times" in job else None
        self._arguments = job["args"], job["kwargs"]
        self._enqueue = enqueue = partial(task.apply_async, job["args"], job["kwargs"])

        def send(task_id: str) -> None:
            enqueue(task_id=task_id)

        self._published = PublishedCount(task.name) if job.get("keeps_configuration") else None
        self._around = [one["name"] for one in limits(task.app, task) if one["kind"] == "call"]
        self._send = stamp_sending(send, Recorder(job["stamps"])) if "stamps" in job else send

    def answer(self, command: dict[str, Any], done: list[int]) -> dict[str, Any]:
        """Carry out one command; the answer also has how many messages its calls sent, if they are counted."""
        if self._published is None:
            return self._answer(command, done)
        before = self._published.messages
        answer = self._answer(command, done)
        return {**answer, "messages": self._published.messages - before, "around": self._around}

    def _answer(self, command: dict[str, Any], done: list[int]) -> dict[str, Any]:
        if command["do"] == "pace":
            return self._pace(command, Pacer(done))
        if command["do"] == "size":  # only when asked: it makes what a first call makes, which may be timed
            return {"done": done, "message_bytes": message_bytes(self._task, *self._arguments)}
        if command["do"] == "declare":
            self._declare()
        elif command["do"] == "enqueue":
            time_calls(self._enqueue, command["calls"], done)
        elif command["do"] == "thread":
            time_calls_in_new_threads(self._enqueue, command["calls"], done)
        elif command["do"] == "payload":
            self._enqueue_payload(command["first"], command["bytes"], done)
        else:
            self._preload(command["first"], command["count"], done)
        return {"done": done}

    def _declare(self) -> None:
        """Declare the task's queue, as the first call would: where that takes a lock, a stopped worker may hold it."""
        app = self._task.app
        with app.producer_or_acquire() as producer:
            producer.maybe_declare(app.amqp.queues[app.conf.task_default_queue])

    def _preload(self, first: int, count: int, sent: list[int]) -> None:
        """Enqueue tasks with consecutive numbers, by which the worker's record names them."""
        for number in range(first, first + count):
            self._send(task_id(number))
            sent.append(number)

    def _enqueue_payload(self, number: int, size_bytes: int, sent: list[int]) -> None:
        """Enqueue one task with that many ASCII characters as its argument, whether or not the task takes any."""
        self._task.app.send_task(self._task.name, ["x" * size_bytes], task_id=task_id(number))  # checks no signature
        sent.append(number)

    def _pace(self, command: dict[str, Any], pacer: Pacer) -> dict[str, Any]:
        """Enqueue tasks with consecutive numbers at a steady pace, and report those sent even if one fails.

        A job with ``own_times`` reports how long code of the user's own around the calls took, if there is any.
        """
        ids = map(task_id, range(command["first"], command["first"] + command["count"]))
        answer: dict[str, Any] = {}
        if self._own:
            self._own.taken()
        try:
            with fine_timers():
                pacer.run(self._send, ids, command["interval_ns"])
        except Exception as error:
            answer["error"] = failure(error)
        if self._own:
            answer["own_ns"] = self._own.taken()
        return {
            "start_ns": pacer.start_ns,
            "done": pacer.schedule_lags_ns,
            "generator_lag_ns": pacer.generator_lags_ns,
            "calls_ns": pacer.calls_ns,
            **answer,
        }
