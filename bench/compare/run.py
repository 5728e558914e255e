"""Compares subjects: boots their servers in parallel, measures them in turns, and writes a result."""

import random
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.compare.cures import cured, kept_s
from bench.compare.flips import confirmed
from bench.compare.progress import Measurement, ServerTimes
from bench.compare.request import Comparison, MeasureAgain
from bench.compare.subject_processes import Processes
from bench.engine.observer import Observer
from bench.engine.runner import Runner
from bench.engine.servers import Servers
from bench.figures.tally import Tally
from bench.processes.distances import Distances
from bench.processes.environment import read_environment, spoilers
from bench.processes.errors import NotImported
from bench.processes.launcher import Launcher, sign_of_import
from bench.processes.others import others_beside
from bench.processes.platform import CorePlan, pinned, plan_cores
from bench.processes.running import Running
from bench.processes.server_times import ping_ns, sync_ns
from bench.processes.subject import Subject, import_path
from bench.processes.trial import try_app
from bench.records.provenance import Status, WayRecord
from bench.records.result import Result
from bench.records.turns import Block
from bench.records.writer import Writer
from bench.relay.apart import RelayProcess
from bench.stats import load_libraries
from brokers.deadline import Pending
from brokers.errors import BrokerbenchError
from brokers.protocol import Server
from brokers.workspace import Workspace, open_workspace

__all__ = ["Absent", "Approve", "Enough", "compare"]

Approve = Callable[[list[Subject], list[Server]], None]
Enough = Callable[[Tally, int, int], bool]
Absent = Callable[[], Collection[str]]
_OVERTIME_S = 60.0  # past the budget, nothing waits for a subject any longer
_HASH_SEEDS = 2**32  # Python's own limit


def compare(
    comparison: Comparison,
    writer: Writer,
    observer: Observer,
    approve: Approve,
    enough: Enough | None = None,
    again: MeasureAgain | None = None,
    absent: Absent = tuple,
) -> Result:
    """Measure the subjects, let ``writer`` write the result, and return it.

    ``approve`` is called once the servers are known, before anything is created on them. The record of a subject that
    cannot be measured has the reason; BrokerUnavailable is raised if none can be measured. KeyboardInterrupt ends the
    measurement: the result is then ``interrupted`` and has every block so far. ``enough`` is called after each
    generation with the tally and the numbers of finished and planned generations; the measurement ends when it returns
    True. With ``enough``, it also ends when fewer than two subjects are left: there is nothing to compare. ``again``
    measures a part of the comparison once more, within its budget: at the distances where subjects overtake each other,
    and with settings that may remove the reason of a figure. ``absent`` is called before each generation, and returns
    the labels of the sides that sit it out. Raises WrongApp before any server boots if a user's app
    cannot be measured, and NotImported after the first generation if nothing imported the package that the subjects
    watch for.
    """
    comparison.check()
    cores = plan_cores()
    found = Measurement(comparison, read_environment(cores), spoilers())
    loading = Pending(load_libraries)
    with open_workspace() as workspace, pinned(cores.servers), ExitStack() as ends:
        relays = ends.enter_context(RelayProcess(workspace.directory / "relay.log"))
        distances = found.distances = Distances(relays, cores.subjects, comparison.seed)
        try_app(comparison.subjects, comparison.workload, workspace)
        servers = _booted(found, Servers(workspace, ends), observer)
        booted = [subject for subject in comparison.subjects if subject.label in servers]
        approve(booted, [servers[subject.label] for subject in booted])
        loading.result()  # before the pings, which wait for the interpreter's lock
        servers = _reached(found, servers, distances, observer)
        with pinned(cores.subjects):
            found.server_times = _server_times(comparison, servers, workspace)
        observer.state("starting producers and workers")
        found.processes = Processes(comparison, _launcher(comparison, workspace, cores, distances))
        found.processes.add(servers)
        for running in found.processes.running.values():
            ends.callback(_end, found, running)
        runner = found.processes.runner(
            observer,
            partial(_keep, found, writer),
            partial(_is_enough, found, enough, sign_of_import(workspace), keeps=again is not None),
            absent,
            others_beside(servers.values(), cores),
        )
        found.runner = runner
        runner.start()
        found.require_some()
        writer.start(found.result("running"))
        status = _measure(runner)
        observer.state("ending subjects and servers")
        ends.close()
    result = found.result(status)
    writer.finish(result)
    if again and (whole := cured(confirmed(result, comparison, again), comparison, again)) is not result:
        writer.finish(whole)
        return whole
    return result


def _booted(found: Measurement, servers: Servers, observer: Observer) -> dict[str, Server]:
    """Boot all servers at once, and return those that answered, by their subjects' labels.

    Raises BrokerUnavailable if none did.
    """
    subjects, booted = found.comparison.subjects, {}
    observer.state(f"booting {', '.join(sorted({subject.broker.name for subject in subjects}))}")
    for label, server in servers.boot(subjects, observer).items():
        if isinstance(server, BrokerbenchError):
            found.failures[label] = server.format_message()
        else:
            booted[label] = server
    found.require_some()
    for label, reason in found.failures.items():
        observer.failed(label, reason)
    return booted


def _reached(
    found: Measurement, servers: dict[str, Server], distances: Distances, observer: Observer
) -> dict[str, Server]:
    """Put the servers at their distances, and return those for which that was possible."""
    comparison, reached = found.comparison, {}
    if not comparison.workload.is_near or any(subject.rtt_ns for subject in comparison.subjects):
        observer.state("measuring the distances")
    for subject in (one for one in comparison.subjects if one.label in servers):
        try:
            found.ways[subject.label] = list(_ways(comparison, subject, servers[subject.label], distances))
            reached[subject.label] = servers[subject.label]
        except BrokerbenchError as error:
            found.failures[subject.label] = error.format_message()
            observer.failed(subject.label, error.format_message())
    found.require_some()
    return reached


def _server_times(comparison: Comparison, servers: dict[str, Server], workspace: Workspace) -> dict[str, ServerTimes]:
    """Measure what a sync of private durable servers takes, and a round trip to servers of the user's own."""
    known = {one.label: one for one in comparison.subjects if one.label in servers}
    syncs = [label for label, one in known.items() if servers[label].private and one.profile.tier == "durable"]
    one_ns = sync_ns(workspace.directory) if syncs else None
    return {
        label: {"sync_ns": one_ns if label in syncs else None, "ping_ns": ping_ns(one.broker, servers[label])}
        for label, one in known.items()
    }


def _ways(comparison: Comparison, subject: Subject, server: Server, distances: Distances) -> Iterator[WayRecord]:
    """Make the ways to a subject's server at all points of the workload, and return their records."""
    for at, workload in (subject.workload or comparison.workload).points():
        distance = subject.distance(workload)
        if not distance.is_zero:
            yield distances.way(subject.broker, server, distance).record.model_copy(update={"at": at})


def _launcher(
    comparison: Comparison, workspace: Workspace, cores: CorePlan, distances: Distances
) -> Callable[[Subject, Server], Launcher]:
    """Return a function that makes the launcher of a subject on a server."""
    apps = import_path(comparison.workload, workspace.directory / "app")
    brokers = dict.fromkeys(subject.broker for subject in comparison.subjects)
    libraries = tuple(dict.fromkeys(name for broker in brokers for name in broker.client_libraries))
    hash_seed = random.Random(comparison.seed).randrange(_HASH_SEEDS)  # noqa: S311
    workload = comparison.plan().points[0].workload
    until_s = comparison.started_s + comparison.budget_s + _OVERTIME_S

    def launcher(subject: Subject, server: Server) -> Launcher:
        return Launcher(
            subject,
            server,
            workload,
            workspace,
            cores,
            hash_seed,
            apps,
            until_s,
            distances=distances,
            client_libraries=libraries,
        )

    return launcher


def _measure(runner: Runner) -> Status:
    """Run the turns of the subjects until the budget is spent."""
    try:
        runner.run()
    except KeyboardInterrupt:
        return "interrupted"
    return "finished"


def _keep(found: Measurement, writer: Writer, block: Block) -> None:
    """Keep a block; end early if the result has no room for more."""
    found.take_in(block)
    writer.append(block)
    if not writer.has_room() and found.runner and found.runner.stage.schedule.left_s():
        found.runner.stage.schedule.end_now()
        found.warnings.append("the measurement ended early: its result has no room for more blocks")


def _is_enough(
    found: Measurement, enough: Enough | None, sign: Path, done: int, planned: int, *, keeps: bool = False
) -> bool:
    if keeps and 0 < done < planned:
        _keep_for_cures(found)
    if enough is None or found.runner is None:
        return False
    watched = next((subject.watched for subject in found.comparison.subjects if subject.watched), None)
    if watched and done and not sign.exists() and not found.runner.stage.failures:
        raise NotImported(watched)
    failed = {label for (label, _), _ in found.runner.stage.failures} | found.failures.keys()
    left = [subject for subject in found.comparison.subjects if subject.label not in failed]
    return len(left) < 2 or (done > 0 and enough(found.tally, done, planned))  # noqa: PLR2004 - a pair


def _keep_for_cures(found: Measurement) -> None:
    """Keep a part of the time, once, if the figures so far have a reason that settings may remove."""
    comparison, runner = found.comparison, found.runner
    if runner is None or found.kept_s:
        return
    found.kept_s = kept_s(comparison, found.result("running").diagnoses)
    runner.stage.schedule.keep(found.kept_s)


def _end(found: Measurement, running: Running) -> None:
    try:
        running.end()
    except BrokerbenchError as error:
        found.warnings.append(f"{running.label} may have left a queue on its server: {error.format_message()}")
