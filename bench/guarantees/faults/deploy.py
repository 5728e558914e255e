"""A deploy: a new worker starts beside the old one, which gets SIGTERM, a grace period, and then SIGKILL.

When the old worker gets SIGTERM, it runs two long tasks and a short one; more short ones and one with a countdown wait
in it, and tasks arrive all the time. In `deploy-warm` it has 30 s, far more than its tasks need; in `deploy-killed` it
has 5 s, and the long tasks need more. That is a rolling update in Kubernetes (`terminationGracePeriodSeconds`), Docker
(`stop_grace_period`, 10 s by default) or systemd (`TimeoutStopSec`): the signal goes to the worker's main process, and
SIGKILL to all its processes.

The rows in `-soft` do what Celery's documentation recommends for short grace periods: with `REMAP_SIGTERM=SIGQUIT` in
the environment SIGTERM is a cold shutdown, and `worker_soft_shutdown_timeout` lets tasks run for that long before it
ends them. The timeout has to be seconds shorter than the grace period, because the cold shutdown itself takes some.
Without the variable that setting does nothing in a deploy, because SIGTERM is a warm shutdown. Tasks are acknowledged
as the profile or the user's app sets it; in `-late` after they ran. Nothing but the visibility timeout is shortened.
Source: "Stopping the worker" in Celery's user guide, and `celery/apps/worker.py`.
"""

from functools import partial
from math import ceil, inf

from bench.guarantees.attempt import Attempt
from bench.guarantees.deploying import Ended, end_old, stood_still_s
from bench.guarantees.fault import Fault, Observation
from bench.guarantees.faults.worker_killed import LATE, LEAST_S
from bench.guarantees.returning import returned
from bench.subject.recorder import FINISHED, RECEIVED
from brokers.protocol import Settings

__all__ = ["FAULTS"]

_LONG, _SHORT = 2, 6  # the prefetch count of three processes leaves room for more
_SHORT_S, _LEAST_SHORT_S = 0.5, 0.1
_COUNTDOWN_S = 5.0
_INTERVAL_S = 0.25
_AFTER_S = 3.0
_RECEIVING_S = 4.0
_VISIBILITY_S, _QUIET_S = 20.0, 30.0  # longer than a deploy, so what comes back sooner was given back


def _run(attempt: Attempt, grace_s: float, soft_s: float, long_s: float) -> Observation:
    """Deploy once, with long tasks that need ``long_s`` from when the old worker is asked to end."""
    old, new = attempt.worker(), attempt.scene.held_worker()
    cut_s = min(grace_s, soft_s)
    asked_to_end = attempt.scene.records / f"{attempt.first}.ending"
    for _ in range(_LONG):
        attempt.put_to_work(long_s, LEAST_S, str(asked_to_end), task="tasks.hold")
    _let_wait(attempt, str(asked_to_end))
    attempt.scene.release(new)
    attempt.note("the new worker is ready")
    lasts_s = soft_s if soft_s < grace_s else min(grace_s, long_s)
    arriving = attempt.begin_to_send(ceil((lasts_s + _AFTER_S) / _INTERVAL_S), interval_s=_INTERVAL_S)
    attempt.scene.pause(2 * _INTERVAL_S)
    attempt.fault_ns = attempt.note(f"{old.name} is asked to end (SIGTERM)")
    asked_to_end.touch()
    ended = end_old(attempt, old, grace_s)
    attempt.heal_by("the new worker is alone", lambda: None)
    attempt.end_sending(lasts_s)
    attempt.recover(within_s=30)
    attempt.settle(attempt.redelivery_s + long_s + _AFTER_S, linger=True)
    return _observation(attempt, ended, arriving, cut_s if cut_s < long_s else None)


def _let_wait(attempt: Attempt, path: str) -> None:
    """Send the short tasks, of which one runs and the others wait in the old worker, and wait until it has them."""
    waiting = {*attempt.send(1, options={"countdown": _COUNTDOWN_S})}
    for _ in range(_SHORT):
        waiting |= {*attempt.send_long(_SHORT_S, _LEAST_SHORT_S, path, task="tasks.hold")}
    attempt.until(lambda ledger: waiting <= ledger.numbers(RECEIVED), _RECEIVING_S)


def _observation(attempt: Attempt, ended: Ended, arriving: range, cut_s: float | None) -> Observation:
    ledger, fault_ns, healed_ns = attempt.ledger(), attempt.fault_ns or 0, attempt.healed_ns or 0
    through = sum(1 for number in attempt.at_work if any(end.at_ns < healed_ns for end in ledger.of(FINISHED, number)))
    back = returned(ledger, fault_ns, fault_ns, attempt.scene.visibility_s)
    last_ns = healed_ns + round(_AFTER_S / 2 * 1e9)
    still_s = stood_still_s(ledger, arriving, fault_ns, last_ns)
    waited_s = max(ledger.waits_s(arriving), default=0.0)
    words = [
        f"{ended.words}, {through} of {_LONG} long tasks finish before",
        f"no task starts for {still_s:.1f} s, and one that arrives waits {waited_s:.1f} s, at most",
        back.words,
    ]
    cut_ns = fault_ns + round((cut_s or 0) * 1e9)
    in_time = cut_s is not None and all(ledger.was_over(number, cut_ns) for number in attempt.at_work)
    if in_time:
        words.append("all long tasks were over in time, so this shows nothing about tasks that are ended")
    figures = {"old_worker_s": ended.after_s, "standstill_s": still_s, "longest_wait_s": waited_s}
    return Observation(
        "; ".join(filter(None, words)),
        tested=not in_time,
        figures={**figures, "finished_before": through, **back.figures},
    )


def _fault(name: str, times_s: tuple[float, float, float], what: str, settings: Settings) -> Fault:
    grace_s, soft_s, long_s = times_s
    soft: Settings = {} if soft_s == inf else {"worker_soft_shutdown_timeout": soft_s}
    return Fault(
        name=f"deploy-{name}",
        group="worker",
        title=f"A deploy with a grace period of {grace_s:.0f} s, {what}",
        about=__doc__ or "",
        run=partial(_run, grace_s=grace_s, soft_s=soft_s, long_s=long_s),
        concurrency=_LONG + 1,
        settings={**settings, **soft},
        environment={} if soft_s == inf else {"REMAP_SIGTERM": "SIGQUIT"},
        visibility_s=_VISIBILITY_S if min(grace_s, soft_s) < long_s else _QUIET_S,
        looks_often=True,
        typical_s=100,
    )


_LESS, _MORE = "and tasks that need less", "and tasks that need more"
FAULTS = (
    _fault("warm", (30, inf, 3), _LESS, {}),
    _fault("warm-soft", (30, 6, 3), f"{_LESS}; SIGTERM is a soft shutdown of 6 s", {}),
    _fault("killed", (5, inf, 7), _MORE, {}),
    _fault("killed-late", (5, inf, 7), f"{_MORE}; late acknowledgement", LATE),
    _fault("killed-soft", (5, 1, 7), f"{_MORE}; SIGTERM is a soft shutdown of 1 s", {}),
    _fault("killed-soft-late", (5, 1, 7), f"{_MORE}; a soft shutdown of 1 s, late acknowledgement", LATE),
)
