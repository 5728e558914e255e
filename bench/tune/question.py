"""Makes the question of a search from a subject as it is, and what can be tried on it."""

from bench.tune.candidates import Choice
from bench.tune.goal import Goal
from bench.tune.present import Present
from bench.tune.search import TuneQuestion
from bench.tune.variant import candidate_subject

__all__ = ["question_about"]


def question_about(
    present: Present, choice: Choice, goal: Goal, *, margin: float, budget_s: float, seed: int
) -> TuneQuestion:
    """Return the question which of the candidates improve the goal on this subject.

    ``goal`` is that of ``choice``, and what the user fixed is part of the present subject already.
    """
    tried = {one.name for one in choice.candidates}
    partners = [(name, other) for name in sorted(tried) for other in present.tunables[name].partners if other in tried]
    return TuneQuestion(
        subject=present.subject,
        workload=present.workload,
        goal=goal,
        candidates=[(one.name, one.value) for one in choice.candidates],
        partners=[pair for pair in partners if pair[::-1] not in partners or pair[0] < pair[1]],
        make=lambda subject, settings, label: candidate_subject(
            subject, present.complete(settings), label, present.workload
        ),
        before=present.value_of,
        tunables=present.tunables,
        left_out=choice.left_out,
        margin=margin,
        budget_s=budget_s,
        seed=seed,
    )
