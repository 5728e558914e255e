"""The gate: says whether anything has regressed since a stored result.

``benchmarks`` takes two results apart, ``checks`` says in what they differ besides what was measured, ``limits`` how
much slower each figure may get, ``judging`` puts the three together, and ``again`` measures what a baseline measured.
``history`` looks at many results. The sentences about it are in ``bench.report``.
"""
