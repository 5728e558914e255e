"""Apps whose workers do wrong at known places: each is a module ``crooked`` with a task ``crooked.work``."""

from pathlib import Path

from bench.records.workload import Workload

__all__ = ["CARELESS", "FORGETFUL", "ROUGH", "STIFF", "crooked_app"]

_APP = """
import os, signal
from celery import Celery, Task
from celery.concurrency.asynpool import AsynPool
from celery.worker.autoscale import Autoscaler

app = Celery("crooked", broker="redis://:elsewhere@127.0.0.1:1/0")
"""
_TASK = """
@app.task(name="crooked.work")
def work():
    pass
"""

FORGETFUL = """
flush = AsynPool.flush

def forget(pool):
    flush(pool)
    pool._busy_workers.clear()

AsynPool.flush = forget
"""
"""A reconnect makes it forget which of its processes are busy, as Celery before 5.7 did."""

CARELESS = """
class Careless(Task):
    calls = 0

    def __call__(self, *args, **options):
        Careless.calls += 1
        for _ in range({1: 0, 2: 2}.get(Careless.calls, 1)):
            self.run(*args, **options)

app.Task = Careless
"""
"""Each of its processes loses its first task, and runs its second one twice."""

STIFF = """
class Stiff(Autoscaler):
    def _maybe_scale(self, req=None):
        return None

app.conf.worker_autoscaler = "crooked:Stiff"
"""
"""Its pool neither grows nor shrinks."""

ROUGH = """
class Rough(Autoscaler):
    def _shrink(self, n):
        for process in self.pool._pool._pool:
            os.kill(process.pid, signal.SIGKILL)

app.conf.worker_autoscaler = "crooked:Rough"
"""
"""Its pool shrinks by killing every process, busy or not."""


def crooked_app(directory: Path, wrong: str) -> Workload:
    """Write such an app into the directory, and return its workload."""
    (directory / "crooked.py").write_text(_APP + wrong + _TASK)
    return Workload(name="guarantees", app="crooked:app", app_dir=str(directory), task="crooked.work")
