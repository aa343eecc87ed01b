"""Consent, redaction, audit trail."""
