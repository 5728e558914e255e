"""What commands print with ``--json``, where that is not a record of its own."""
