"""From arguments to an exit code: the shared options, the verbs, and every failure told the same way."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from engine.cli import asking, documents, domains, learning, profiles, shell, teaching, upkeep
from engine.cli.group import Group
from engine.cli.session import Session
from engine.errors import HearthsideError, Interrupted, UsageError
from engine.paths import default_profile
from engine.profiles import resolve

app = typer.Typer(
    name="hearthside",
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    epilog="Before or after any command: --profile NAME|DIR (else the profile “default”), --key-file FILE, --json.",
)

_BY_PYDANTIC = "Value error, "  # what it puts before a message

for room in (asking, documents, learning, domains, teaching, profiles, shell, upkeep):
    room.register(app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (see engine.errors)."""
    rest = list(sys.argv[1:] if argv is None else argv)
    session = Session(default_profile(), key_file=None, as_json=False)
    try:
        _take_shared(rest, session)
        left = typer.main.get_command(app).main(rest, prog_name="hearthside", standalone_mode=False, obj=session)
    except typer.TyperException as error:
        return session.fail(UsageError("usage", reason=error.format_message().replace(_BY_PYDANTIC, "")))
    except (KeyboardInterrupt, typer.Abort):
        return session.fail(Interrupted())
    except HearthsideError as error:
        return session.fail(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away: nothing more to say
        return 1
    except Exception as error:  # noqa: BLE001  the edge: a person is told, never shown a traceback
        if "HEARTHSIDE_TRACEBACK" in os.environ:
            traceback.print_exc()
        return session.fail(HearthsideError("unexpected", kind=type(error).__name__))
    return left if isinstance(left, int) else 0


def _take_shared(arguments: list[str], session: Session) -> None:
    """Take the options every verb shares out of `arguments`, wherever before `--` they stand, into `session`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    head, tail = arguments[:end], arguments[end:]
    session.as_json = "--json" in head  # before anything can fail
    head = [argument for argument in head if argument != "--json"]
    profile, key_file = _value(head, "--profile"), _value(head, "--key-file")
    arguments[:] = head + tail
    session.key_file = None if key_file is None else Path(key_file)
    if profile is not None:
        session.root = resolve(profile)


def _value(arguments: list[str], option: str) -> str | None:
    """Remove `option VALUE` or `option=VALUE` from `arguments`; the last one counts."""
    value = None
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument.startswith(option + "="):
            value = _require(argument.partition("=")[2], option)
            del arguments[position]
        elif argument == option:
            value = _require("".join(arguments[position + 1 : position + 2]), option)
            del arguments[position : position + 2]
        else:
            position += 1
    return value


def _require(value: str, option: str) -> str:
    if not value:
        raise UsageError("usage", reason=f"{option} needs a value")
    return value
