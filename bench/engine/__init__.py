"""How a measurement is made: subjects in turn, in shuffled blocks, each paired with the others of its block."""
