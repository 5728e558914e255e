"""What the gate and the history of results are told as."""
