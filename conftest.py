"""Lets pytest import ``bench``, ``brokers`` and ``tasks`` of this checkout, from whichever folder it is started."""
