"""The commands of ``brokerbench``, one module each, and what they share."""
