"""Examples in groups by what their questions are about."""
