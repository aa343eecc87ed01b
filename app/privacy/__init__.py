"""The privacy page: what is kept, where, who can read it, and what was done with it."""
