"""From the owner's feedback to an adapter that a gate has shown better."""
