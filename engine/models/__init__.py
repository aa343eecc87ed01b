"""Runtimes that answer from a model file, the catalog, import, chat templates, adapters on a live model."""
