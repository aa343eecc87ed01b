"""The entry of every child process: the guard before anything else is imported, then the service."""

from engine import guard

if __name__ == "__main__":
    guard.install()

    from engine.workers.serve import main

    main()
