"""Encrypted SQLite in two files a profile, its keys, migrations and backups."""
