"""How a result is told: in the terminal while it is made and at its end, in Markdown, and in HTML.

Everything here only presents a ``Result``; its figures are made elsewhere. ``figures`` prints a number,
``wording`` says a sentence, ``story`` lays out what all reports tell, and the rest are the reports.
"""
