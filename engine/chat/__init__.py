"""One turn end to end, and the threads and branches turns live in."""
