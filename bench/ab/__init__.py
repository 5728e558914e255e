"""Compares two sides of one subject: what differs, how each side is made, and what was found."""
