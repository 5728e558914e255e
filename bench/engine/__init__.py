"""Runs a measurement: subjects take turns in shuffled blocks, and each is paired with the others of its block."""
