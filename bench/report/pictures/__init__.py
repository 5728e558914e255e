"""Draws pictures of a result as SVG."""
