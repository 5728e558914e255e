"""Workers and senders of Celery 5.4 and of the subject's own Celery work side by side, as during an upgrade.

While a new release of an app is rolled out, the old one still runs: each sends tasks that the other has to run. Here
an environment with Celery and kombu 5.4 is built once for a run, with everything else as the subject has it. What
senders and workers of the subject's own release promise each other is played first. Then the old release sends to the
new one and the new one to the old one, and last both run together until the old worker is shut down, with countdowns
and retries waiting in it. Every task must run, with the arguments and the header that it was sent with; a retry must
come back, a countdown must be waited for, and what has expired or is revoked must not run. A promise that is broken
between releases only is broken here. `deploy-mixed` is with task protocol 2, which is the default, and
`deploy-mixed-protocol-1` with the protocol that Celery 3 speaks. Source: "Message Protocol" in Celery's documentation.
"""

from typing import Any

from bench.guarantees.attempt import Attempt
from bench.guarantees.deploying import Ended, end_old
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.promises import broken_promises, play_promises, send_by, send_confirmed
from bench.guarantees.worker import Worker
from bench.processes.process import SubjectProcess

__all__ = ["FAULTS"]

_OLD = ("celery==5.4.0", "kombu==5.4.2")
_TURNS, _EACH = 5, 2
_WAITING_S, _RETRY_S = 3.0, 2.0
_GRACE_S = 30.0
_RUNNING_S = 20.0
_VISIBILITY_S = 20.0


def _run(attempt: Attempt) -> Observation:
    scene = attempt.scene
    own, other = scene.sender(), scene.sender_beside()
    attempt.worker()
    attempt.note("within its own release")
    alone = play_promises(attempt, own)
    attempt.note("from the old release to the new one")
    forward = play_promises(attempt, other)
    scene.dismiss_workers()
    old = scene.worker_beside()
    attempt.note("from the new release to the old one")
    backward = play_promises(attempt, own)
    crossed, ended = _side_by_side(attempt, old, (own, other))
    before, now = (_version(facts) for facts in (scene.facts_beside, scene.facts))
    ledger = attempt.ledger()
    ways = {f"{before} to {now}": forward, f"{now} to {before}": backward}
    usual = broken_promises(ledger, alone)
    broken = {way: [one for one in broken_promises(ledger, sent) if one not in usual] for way, sent in ways.items()}
    return Observation(
        "; ".join(_words(before, now, broken, usual, crossed, ended)),
        kept=False if any(broken.values()) else None,
        tested=before != now,
        figures={"crossed": float(crossed), "old_worker_s": ended.after_s},
    )


def _side_by_side(attempt: Attempt, old: Worker, senders: tuple[SubjectProcess, ...]) -> tuple[int, Ended]:
    """Let both releases work together, then shut the old one down; return how many tasks the other release ran."""
    attempt.scene.another_worker()
    attempt.note("both releases work side by side")
    sent = {of: [*send_by(attempt, of, 2, "tasks.flaky", 2, 0.3, runs=3)] for of in senders}
    for _ in range(_TURNS):
        for of in senders:
            sent[of] += send_confirmed(attempt, of, _EACH)
    attempt.finished([number for numbers in sent.values() for number in numbers], _RUNNING_S)
    ledger, (own, other) = attempt.ledger(), senders
    ran = {number: attempt.scene.names.of(ledger.starts(number)[0].pid) for number in ledger.order}
    in_old = {number for number, name in ran.items() if name.startswith(old.name)}
    crossed = len(in_old & {*sent[own]}) + len({*sent[other]} - in_old)
    for of in senders:
        retried = send_by(attempt, of, 2, "tasks.flaky", 1, _RETRY_S, runs=2)
        send_by(attempt, of, 2, "tasks.noop", options={"countdown": _WAITING_S})
        attempt.must_start(retried)
    attempt.fault_ns = attempt.note(f"{old.name} is asked to end (SIGTERM)")
    ended = end_old(attempt, old, _GRACE_S)
    attempt.heal_by("the new release is alone", lambda: None)
    attempt.recover(within_s=30)
    attempt.settle(linger=True)
    return crossed, ended


def _version(facts: dict[str, Any]) -> str:
    return str(facts["versions"]["celery"])


def _words(
    before: str, now: str, broken: dict[str, list[str]], usual: list[str], crossed: int, ended: Ended
) -> list[str]:
    if before == now:
        return [f"the subject's own Celery is {now}, too, so nothing is mixed"]
    words = [f"from Celery {way}, broken: {', '.join(promises)}" for way, promises in broken.items() if promises]
    words = words or [f"Celery {before} and {now} keep each other's promises"]
    if usual:
        words.append(f"broken without another release, too: {', '.join(usual)}")
    total = 2 * (_TURNS * _EACH + 2)
    return [*words, f"side by side, {crossed} of {total} tasks run in the other release", ended.words]


def _fault(name: str, protocol: int) -> Fault:
    return Fault(
        name=name,
        group="worker",
        title=f"Celery 5.4 beside the subject's own, task protocol {protocol}",
        about=__doc__ or "",
        run=_run,
        concurrency=4,
        settings={"task_protocol": protocol, "worker_enable_remote_control": True},
        visibility_s=_VISIBILITY_S,
        looks_often=True,
        beside=_OLD,
        repeats=1,  # each promise is played in both directions
        typical_s=70,
    )


FAULTS = (_fault("deploy-mixed", 2), _fault("deploy-mixed-protocol-1", 1))
