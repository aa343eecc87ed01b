"""profiles: who has one on this machine, one more, another name."""

from typing import Annotated, Any

import typer

from engine import profiles
from engine.cli.group import Group
from engine.cli.making import make_profile
from engine.cli.session import Session
from engine.clock import rfc3339
from engine.paths import profiles_dir
from engine.store.values import Profile
from engine.words import say

verbs = typer.Typer(help="The profiles of the people on this machine.", cls=Group)


def register(app: typer.Typer) -> None:
    app.add_typer(verbs, name="profiles")


@verbs.command("list")
def list_profiles(context: typer.Context) -> None:
    """Every profile here, last used first, and every folder among them that is none."""
    session: Session = context.obj
    known = profiles.listed()
    lines = [_line(one) for one in known] or [say("cli.no_profiles", folder=profiles_dir())]
    session.result({"profiles": [_as_json(one) for one in known]}, lines)


@verbs.command("new")
def new(
    context: typer.Context,
    name: str,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase rather than use the keyring")
    ] = False,
) -> None:
    """Make a profile for one more person, as `init` does. The recovery code is shown once: write it down."""
    session: Session = context.obj
    with profiles.claimed(name) as root:
        session.root = root
        make_profile(session, with_passphrase=passphrase).close()


@verbs.command("rename")
def rename(context: typer.Context, old: str, new: str) -> None:
    """Call a profile something else. Its folder and its key stay."""
    session: Session = context.obj
    root = profiles.resolve(old)
    kept = profiles.rename(root, new)
    session.result({"profile": str(root), "name": kept}, [say("cli.profile_renamed", name=kept)])


def _line(one: Profile) -> str:
    used = say("profiles.never_used") if one.used_ms is None else rfc3339(one.used_ms)
    return say("cli.profile_line", name=one.name, state=say(f"profiles.state_{one.state}"), used=used, path=one.root)


def _as_json(one: Profile) -> dict[str, Any]:
    used = None if one.used_ms is None else rfc3339(one.used_ms)
    return {"name": one.name, "profile": str(one.root), "state": one.state, "locks": one.locks, "used": used}
