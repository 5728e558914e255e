"""The search on real servers and workers: it finds what is known to help on SQS with kombu 5.7."""

import pytest

from bench.commands.measuring import measured
from bench.compare.request import Comparison
from bench.compare.run import Absent, Enough
from bench.processes.subject import label_subjects, read_subject
from bench.records.result import Result
from bench.records.workload import load_workload
from bench.tune.candidates import Asked, candidates
from bench.tune.goal import read_goal
from bench.tune.outcome import tuned
from bench.tune.present import look_at_present
from bench.tune.question import question_about
from brokers.workspace import open_workspace

_POLLING = "broker_transport_options.polling_interval"


@pytest.mark.long
@pytest.mark.timeout(400)
def test_the_polling_interval_is_found_on_sqs_within_three_minutes() -> None:
    workload = load_workload("noop")
    (subject,) = label_subjects([read_subject("sqs")], workload)
    with open_workspace() as workspace:
        present = look_at_present(subject, workload, workspace)
    choice = candidates(present, Asked(goals=["throughput"]))
    question = question_about(present, choice, read_goal("throughput"), margin=0.02, budget_s=180, seed=3)

    def measure(comparison: Comparison, enough: Enough, absent: Absent) -> Result:
        return measured(comparison, None, lambda *_: None, enough=enough, absent=absent)

    record = tuned(question, measure)
    assert record.outcome == "helps", record.why
    assert _POLLING in {line.setting.name for line in record.lines}
    assert record.confirmed
    assert record.confirmed.low
    assert record.confirmed.low > 3
    assert record.duration_s < 185
