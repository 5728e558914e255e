"""Decides whether a figure has regressed since a stored result.

``benchmarks`` splits each result into figures, ``checks`` finds other differences that make results not comparable,
``limits`` holds how much worse each figure may get, ``judging`` combines the three, and ``again`` repeats a baseline's
measurement. ``history`` looks at many results. The sentences for the user are in ``bench.report``.
"""
