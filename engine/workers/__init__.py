"""Child processes with typed messages, cancellation, crash detection and limits."""
