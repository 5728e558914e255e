"""How a result is told: in the terminal while it is made and at its end, in Markdown, and in HTML.

Everything here only presents a ``Result``; its figures are made elsewhere. ``figures`` prints a number, ``sections``
puts rows in order, ``answers``, ``method`` and ``wording`` say sentences, ``tables`` and ``pictures`` show what stands
behind them, ``story`` lays out what all reports tell, and the rest are the reports.
"""
