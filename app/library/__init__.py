"""The library page: what may be asked about, how reading it stands, and taking it out again."""
