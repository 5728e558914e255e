"""Names the processes of a scene in its timelines."""

import psutil

__all__ = ["ProcessNames"]


class ProcessNames:
    """The names of a scene's processes by their ids; a worker's children are numbered as they are asked for."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def add(self, pid: int, name: str) -> None:
        """Name a process that the scene started."""
        self._names[pid] = name

    def of(self, pid: int) -> str:
        """Return the name of a process. One that the scene did not start is a child, if its parent still lives."""
        if pid not in self._names:
            self._names[pid] = self._of_child(pid)
        return self._names[pid]

    def _of_child(self, pid: int) -> str:
        try:
            parent = self._names.get(psutil.Process(pid).ppid(), "a worker")
        except psutil.Error:
            parent = "a worker"
        siblings = sum(1 for name in self._names.values() if name.startswith(f"{parent}, child"))
        return f"{parent}, child {siblings + 1}"
