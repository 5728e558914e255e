"""How numbers, places and names are written in every report."""
