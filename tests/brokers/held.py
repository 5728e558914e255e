"""A run in a process of its own, which holds servers and leases until it is ended or killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support import URL_VARIABLES

from brokers.marks import Mark, marked
from brokers.workspace import RUN_MARK

__all__ = ["Held", "holding", "interrupt", "kill", "kill_group", "terminate", "without_urls"]

HOLD = """
import contextlib, json, sys, time
from bench.processes.process import SubjectProcess
from bench.subject.application import load
from brokers import split_subject
from brokers.beside import MAILBOX, broadcast_beside, broadcast_queue_beside, settings_beside
from brokers.server import serve
from brokers.workspace import open_workspace

senders = []

with contextlib.ExitStack() as ends:
    workspace = ends.enter_context(open_workspace())
    urls, queues = [], []
    for subject in sys.argv[1:]:
        server = ends.enter_context(serve(*split_subject(subject), workspace))
        urls.append(server.url)
        if not server.private:
            broker, profile = split_subject(subject)
            lease = ends.enter_context(workspace.lease(broker, server, profile))
            queues.append(lease.queue)
            job = {
                "role": "sender", "cores": [], "import_path": [], "app": "tasks:app", "task": "tasks.noop",
                "records": str(workspace.directory), "mailbox": MAILBOX, "broadcast": broadcast_beside(lease.queue),
                "settings": {**broker.settings(server.url, profile, lease.queue), **settings_beside(lease.queue)},
            }
            app = load({**job, "broadcast_queue": broadcast_queue_beside(lease.queue, 0)})
            app.send_task("tasks.noop", priority=3)
            declared = app.amqp.queues[job["broadcast"]]  # a worker's, which is killed before it consumes
            declared.bind(ends.enter_context(app.connection_for_write()).default_channel).declare()
            senders.append(SubjectProcess(sys.executable, job, workspace.directory / "sender.log", 0))
            ends.callback(senders[-1].end)
            senders[-1].receive(30)
            senders[-1].ask(30, do="watch")
    directories = [str(workspace.directory), str(workspace.memory)]
    print(json.dumps({"run_id": workspace.run_id, "directories": directories, "urls": urls, "queues": queues}))
    sys.stdout.flush()
    while senders:
        senders[0].ask(30, do="inspect", what="ping")
    time.sleep(60)
"""


@dataclass
class Held:
    process: "subprocess.Popen[str]"
    run_id: str
    directories: list[str]
    urls: list[str]
    queues: list[str]

    def is_gone(self) -> bool:
        return not (any(map(os.path.exists, self.directories)) or marked(Mark(RUN_MARK, self.run_id)))


@contextlib.contextmanager
def holding(tmp_path: Path) -> Iterator[Callable[..., Held]]:
    """Start a run in a process of its own, which holds a server of each subject."""
    script = tmp_path / "hold.py"
    script.write_text(HOLD)
    package = tmp_path / "project" / "brokers"  # a user's own, where the run is started
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('a module of the user ran')")
    with contextlib.ExitStack() as ends:

        def start(*subjects: str, **environment: str) -> Held:
            process = subprocess.Popen(
                [sys.executable, str(script), *subjects],
                stdout=subprocess.PIPE,
                cwd=package.parent,
                env={**os.environ, **environment},
                start_new_session=True,
                text=True,
            )
            ends.callback(_end, process)
            line = process.stdout.readline() if process.stdout else ""
            return Held(process, **json.loads(line))

        yield start


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def interrupt(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)


def terminate(process: "subprocess.Popen[str]") -> None:
    process.terminate()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()


def kill_group(process: "subprocess.Popen[str]") -> None:
    os.killpg(process.pid, signal.SIGKILL)


def without_urls() -> dict[str, str]:
    return dict.fromkeys(URL_VARIABLES, "")
