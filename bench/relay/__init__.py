"""A relay: a TCP proxy on loopback between a subject and a server, which counts, breaks and delays what passes."""
