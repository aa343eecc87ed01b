"""`python -m app`: the window or, with no display, a terminal chat. The guard comes before any other import."""

from engine import guard

guard.install()

import os  # noqa: E402 - the guard must be installed first
import sys  # noqa: E402 - as above


def main(arguments: list[str]) -> int:
    """Run until the owner leaves; the exit code."""
    if not _has_display():
        from engine.cli import main as command_line
        from engine.words import say

        print(say("first_run.no_display"), file=sys.stderr)  # noqa: T201 - there is no window to say it in
        return command_line([*arguments, "chat"])
    from app.application import run

    return run(arguments)


def _has_display() -> bool:
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
