"""Pure functions from samples to figures; none of them opens a file or knows a broker."""
