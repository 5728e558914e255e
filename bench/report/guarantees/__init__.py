"""The reports of a matrix of guarantees."""
