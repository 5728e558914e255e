"""Derives figures with intervals from the measured blocks."""
