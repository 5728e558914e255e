"""The reasons of figures: one module a diagnosis."""
