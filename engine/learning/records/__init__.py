"""What learning keeps, as rows in owner.db."""
