"""The gate: says whether anything has regressed since a stored result.

``sides`` takes two results apart, ``checks`` says in what they differ beside what was measured, ``limits`` how much
slower each figure may get, ``judging`` puts the three together, and ``again`` measures what a baseline measured.
``history`` looks at many results. How it is told is in ``bench.report``.
"""
