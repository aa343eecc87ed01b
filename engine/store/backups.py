"""Verified backups of the owner's database, the wrapped keys beside each; thinned with age, replaced by "forget"."""
