"""Measures the releases of a package in one run, and finds where the level changed."""
