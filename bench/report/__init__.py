"""Reports a result: in the terminal during and after the run, in Markdown, and in HTML.

This package only presents a ``Result``; its figures are computed elsewhere. ``sections`` puts rows in order,
``answers``, ``method`` and ``wording`` write sentences, ``tables`` and ``pictures`` show the figures behind them,
``story`` lays out the content of all reports, and the other modules are the reports.
"""
