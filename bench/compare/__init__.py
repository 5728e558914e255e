"""Compares subjects: what is asked for, the run, and what it found."""
