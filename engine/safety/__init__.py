"""Checks on what documents say and what the model answers."""
