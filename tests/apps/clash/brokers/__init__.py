"""No broker of messages."""

NAME = "clash"
