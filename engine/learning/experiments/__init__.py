"""What answers drawn at random say: trials of versions, blind side-by-sides, retrieval settings."""
