"""An attempt: one run of a fault in its scene, with the ledger of its tasks."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.guarantees.ledger import Event, Ledger, read_ledger
from bench.guarantees.scene import Scene
from bench.guarantees.worker import Worker
from bench.processes.errors import SubjectFailed
from bench.processes.pair import TURN_S
from bench.processes.process import SubjectProcess, raise_error
from bench.subject.recorder import ACKED, STARTED

__all__ = ["Attempt", "Refusal"]

_MOST_TASKS = 10_000
_POLL_S = 0.02
_PROBE_S = 1.0
_STARTING_S = 20.0
_CALL_S = 20.0  # the longest that a call may take after the fault ended
_SLACK_S = 4.0
_WARM_S = 20.0
_WITHIN_LIMIT = 0.8  # the share of a time limit for which a lent task runs


@dataclass(frozen=True)
class Refusal:
    """What ``apply_async`` raised for a task, and after how many seconds."""

    number: int
    error: str
    after_s: float


@dataclass
class Attempt:
    """What a fault's ``run`` works with. Its tasks are numbered from ``first``; the ledger knows them by number.

    ``notes`` are the harness's own entries in the timeline, with their times.
    """

    scene: Scene
    place: int
    refusals: list[Refusal] = field(default_factory=list)
    fault_ns: int | None = None
    healed_ns: int | None = None
    recovered_s: float | None = None
    why_stopped: str = ""
    beyond_repair: bool = False
    """Whether no other worker took the place of the one that stopped, so there is nothing to break again."""
    at_work: set[int] = field(default_factory=set)
    """The tasks that must be running when the fault begins; otherwise the attempt shows nothing about it."""
    _sent: int = 0
    _runs: dict[int, int] = field(default_factory=dict)
    _timed: set[int] = field(default_factory=set)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin_ns = time.monotonic_ns()
        self.first = self.place * _MOST_TASKS

    # Sending tasks

    def send(self, count: int = 1, task: str = "tasks.noop", *args: Any, runs: int = 1, **how: Any) -> range:
        """Send tasks, wait until each is accepted or refused, and return their numbers.

        With a user's app, the default task is the user's own. ``runs`` is how often each task should start. The keyword
        arguments ``interval_s``, ``payload_bytes`` and ``options`` (of ``apply_async``) set how they are sent.
        """
        numbers = self.begin_to_send(count, task, *args, runs=runs, **how)
        self.end_sending(count * how.get("interval_s", 0.0))
        return numbers

    def send_long(self, seconds: float, least_s: float, *first: Any, task: str = "tasks.sleep") -> range:
        """Send a task that runs for ``seconds``, or for less if the user's own time limit would end it sooner.

        If the limit does not allow ``least_s`` either, the task is sent as it is, and the ledger shows what ended it.
        Another ``task`` gets its ``first`` arguments before the seconds.
        """
        within_s = _WITHIN_LIMIT * self.scene.time_limit_s()
        return self.send(1, task, *first, within_s if least_s <= within_s < seconds else seconds)

    def put_to_work(self, seconds: float, least_s: float, *first: Any, task: str = "tasks.sleep") -> Event:
        """Send such a task, wait for its start, and return it: the fault begins while it runs."""
        numbers = self.send_long(seconds, least_s, *first, task=task)
        self.at_work |= {*numbers}
        return self.must_start(numbers)

    def begin_to_send(self, count: int = 1, task: str = "tasks.noop", *args: Any, runs: int = 1, **how: Any) -> range:
        """Begin to send tasks, and return their numbers at once; ``end_sending`` waits for the last of them."""
        numbers = self.numbered(count, runs)
        how = {"options": {}, **how}
        if "time_limit" in how["options"]:  # Celery prefers it to the task's own, so it is the fault's that ends a run
            self._timed |= {*numbers}
        name, arguments = self.scene.task(task, list(args))
        sender, sent = self.scene.sender(), {"task": name, "args": arguments, "kwargs": self.scene.keywords(task)}
        sender.send(do="send", first=numbers.start, count=count, **sent, **how)
        return numbers

    def end_sending(self, takes_s: float = 0.0) -> None:
        """Wait until all tasks are accepted or refused. Raises SubjectFailed a minute after they should be."""
        self._hear(self.scene.sender().receive(takes_s + TURN_S))

    def end_sending_within(self, within_s: float) -> bool:
        """Return whether all tasks are accepted or refused in time; if not, replace the sender."""
        sender = self.scene.sender()
        answer = sender.hear(within_s)
        if answer is None:
            self.note(f"no answer within {within_s:.0f} s: the sender is killed (SIGKILL)")
            sender.kill_group()
            self.scene.sender()
            return False
        self._hear(answer)
        return True

    def command(self, do: str, of: SubjectProcess | None = None, **arguments: Any) -> dict[str, Any]:
        """Return the answer of the sender, or of a process like it, to another command."""
        return self._hear((of or self.scene.sender()).ask(TURN_S, do=do, **arguments))

    def _hear(self, answer: dict[str, Any]) -> dict[str, Any]:
        raise_error(answer, "sending")
        self.refusals += [
            Refusal(number, error, after_ns / 1e9) for number, error, after_ns in answer.get("refused", ())
        ]
        return answer

    def numbered(self, count: int, runs: int = 1) -> range:
        """Reserve numbers for tasks that are sent in another way."""
        first = self.first + self._sent
        self._sent += count
        numbers = range(first, first + count)
        if runs != 1:
            self._runs |= dict.fromkeys(numbers, runs)
        return numbers

    def never_sent(self, numbers: Iterable[int]) -> None:
        """Do not expect these tasks to run: an earlier task, which would have sent them, was ended."""
        self._runs |= dict.fromkeys(numbers, 0)

    # Breaking and healing

    def worker(self) -> Worker:
        """Return the running worker, or start one."""
        return self.scene.worker()

    def warm_up(self) -> None:
        """Have a worker run and acknowledge a task, so that all connections are open and nothing is in flight."""
        self.worker()
        done = set(self.send(1))
        self.until(lambda ledger: done <= ledger.numbers(ACKED), _WARM_S)
        self.scene.pause(self.scene.subject.broker.waits.acknowledgement_s)

    def note(self, text: str) -> int:
        """Add what the harness does now to the timeline, and return the time."""
        now_ns = time.monotonic_ns()
        self.notes.append((now_ns, text))
        return now_ns

    def break_by(self, text: str, action: Callable[[], object]) -> None:
        """Take the action that breaks something; the fault begins now."""
        self.fault_ns = self.note(text)
        action()

    def heal_by(self, text: str, action: Callable[[], object]) -> None:
        """Take the action that undoes the fault; the recovery counts from its end."""
        action()
        self.healed_ns = self.note(text)

    def kill_server(self) -> None:
        """Kill the private server and everything that it started."""
        self.break_by("the server is killed (SIGKILL)", self.scene.process().kill)

    def start_server(self) -> None:
        """Start the server again, at the same place, and wait until it answers."""
        self.heal_by("the server answers again", self.scene.process().start)

    def stop_server_for(self, seconds: float) -> None:
        """Stop the server's processes for that many seconds, with all connections open."""
        process = self.scene.process()
        self.break_by("the server is stopped (SIGSTOP)", process.stop)
        try:
            self.scene.pause(seconds)
        finally:
            self.heal_by("the server continues (SIGCONT)", process.go_on)

    # Waiting

    def ledger(self) -> Ledger:
        """Return what has happened to the tasks so far."""
        numbers = range(self.first, self.first + _MOST_TASKS)
        ledger = read_ledger(self.scene.records, numbers, self._runs, frozenset(self._timed))
        for event in ledger.events:
            self.scene.names.of(event.pid)  # while the process lives
        return ledger

    def until(self, condition: Callable[[Ledger], bool], within_s: float) -> bool:
        """Return whether the ledger meets the condition in time."""
        deadline_s = time.monotonic() + within_s
        while not condition(self.ledger()):
            if time.monotonic() > deadline_s:
                return False
            self.scene.pause(_POLL_S)
        return True

    def started(self, numbers: Iterable[int], within_s: float = 20.0) -> bool:
        """Return whether all of these start in time."""
        wanted = set(numbers)
        return self.until(lambda ledger: wanted <= ledger.numbers(STARTED), within_s)

    def finished(self, numbers: Iterable[int], within_s: float = 20.0) -> bool:
        """Return whether all of these finish in time, or are ended by a limit of the user's own."""
        wanted = set(numbers)
        return self.until(lambda ledger: wanted <= ledger.over, within_s)

    def must_start(self, numbers: Iterable[int]) -> Event:
        """Wait until all of these have started, and return the last start. Raises SubjectFailed if they do not."""
        wanted = set(numbers)
        self.until(lambda ledger: wanted <= ledger.numbers(STARTED) | ledger.over, _STARTING_S)
        ledger = self.ledger()
        if missing := wanted - ledger.numbers(STARTED):
            why = ": they had expired" if missing <= set(ledger.limited) else ""
            raise SubjectFailed(f"{len(missing)} of {len(wanted)} tasks did not start{why}")
        return max(self.ledger().of(STARTED, number)[0] for number in wanted)

    @property
    def redelivery_s(self) -> float:
        """The longest that a redelivery should take, with the settings of the scene."""
        return self.scene.redelivery_s

    def settle(self, within_s: float | None = None, *, linger: bool = False) -> None:
        """Wait until every accepted task has finished, at most for the time of a redelivery plus 4 s.

        With ``linger``, wait for the time of a redelivery in any case: a finished task may come back, too.
        """
        begin_s = time.monotonic()
        patience_s = self.redelivery_s + _SLACK_S if within_s is None else within_s
        self.until(lambda ledger: not (ledger.lost or ledger.unknown), patience_s)
        if linger and (left_s := begin_s + self.redelivery_s - time.monotonic()) > 0:
            self.scene.pause(left_s)
            self.until(lambda ledger: not ledger.lost, _SLACK_S)

    def recover(self, within_s: float) -> None:
        """Send a task each second until the worker starts one that was sent after the fault ended, and record the time.

        A worker that does not start one in time, or that has ended, is replaced, so that the tasks that wait for it do
        not count as lost. A sender whose call does not return is replaced, too. If no other worker becomes ready
        either, the attempt is beyond repair, and the last of its cell.
        """
        healed_ns = self.healed_ns or self.note("the worker should consume again from now on")
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s and any(worker.alive for worker in self.scene.workers):
            self.begin_to_send()
            if not self.end_sending_within(_CALL_S):
                continue
            if self.until(lambda ledger: ledger.first_start_ns(healed_ns) is not None, _PROBE_S):
                self.recovered_s = ((self.ledger().first_start_ns(healed_ns) or healed_ns) - healed_ns) / 1e9
                return
        ended = self.scene.workers[-1].end_in_words()
        self.why_stopped = ended or f"the worker has not consumed again within {within_s:.0f} s"
        self.note(self.why_stopped)
        self.scene.kill_workers()
        try:
            self.scene.worker()
        except SubjectFailed as error:
            self.beyond_repair = True
            self.why_stopped += f"; no other worker becomes ready: {error.format_message()}"
            self.note("no other worker becomes ready")
        else:
            self.note("another worker replaces it")

    @property
    def stopped(self) -> bool:
        """Whether the worker failed to consume again."""
        return bool(self.why_stopped)

    def raised(self) -> str:
        """Return, in words, what ``apply_async`` raised, how often and after how long; empty if it did not raise."""
        kinds = Counter(refusal.error.partition(":")[0] for refusal in self.refusals)
        longest_s = max((refusal.after_s for refusal in self.refusals), default=0.0)
        errors = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common())
        return f"apply_async raises {errors} after at most {longest_s:.1f} s" if errors else ""
