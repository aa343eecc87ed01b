"""The command line: `python -m engine`. The guard comes before any other import."""

from engine import guard

guard.install()

from engine.cli import main  # noqa: E402  the guard must be installed first

if __name__ == "__main__":
    raise SystemExit(main())
