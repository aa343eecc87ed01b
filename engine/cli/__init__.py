"""The second front end: the same assistant by command line, with a documented JSON contract."""

from engine.cli.main import main

__all__ = ["main"]
