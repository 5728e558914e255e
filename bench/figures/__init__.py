"""Figures: what the measured blocks say, with intervals."""
