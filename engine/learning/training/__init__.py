"""The trainer: from examples to an adapter, in a worker of its own."""
