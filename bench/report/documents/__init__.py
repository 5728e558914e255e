"""What commands print with ``--json``, where no record has it."""
