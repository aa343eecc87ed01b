"""What may be learned from: from feedback as it was said to examples, each removal with a reason."""
