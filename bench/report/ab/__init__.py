"""What two sides' comparison is told as."""
