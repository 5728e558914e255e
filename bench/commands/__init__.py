"""The commands of ``brokerbench``, one module each, and the parts they share."""
