"""The owner's documents: loaded, chunked, embedded, indexed, searched."""
