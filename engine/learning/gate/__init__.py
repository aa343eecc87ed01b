"""Whether an adapter is shown to be better, and what it lost."""
