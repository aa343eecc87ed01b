"""init, models, doctor, export and erase: the profile and the machine it lives on."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine import profiles
from engine.assistant import erase_profile, find_profile
from engine.cli.group import Group
from engine.cli.making import make_profile
from engine.cli.session import Session
from engine.doctor import examine
from engine.errors import InputRefused
from engine.models.catalog import Models
from engine.models.values import ModelDescription
from engine.store.values import ProfileState
from engine.words import say

models = typer.Typer(help="The models on this machine.", cls=Group)


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.add_typer(models, name="models")
    app.command()(doctor)
    app.command()(export)
    app.command()(erase)


def init(
    context: typer.Context,
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Ask for a passphrase rather than use the keyring")
    ] = False,
) -> None:
    """Make a profile: everything in it is encrypted. The recovery code is shown once: write it down."""
    session: Session = context.obj
    make_profile(session, with_passphrase=passphrase).close()


@models.command("list")
def list_models(context: typer.Context) -> None:
    """The models that were imported."""
    session: Session = context.obj
    known = Models().listed()
    session.result(
        {"models": [_model_as_json(model) for model in known]},
        (f"{model.name}  {model.serving_format}  {model.licence}" for model in known),
    )


@models.command("import")
def import_model(
    context: typer.Context,
    path: Path,
    name: Annotated[str | None, typer.Option(help="What to call it; the file's name otherwise")] = None,
) -> None:
    """Take a GGUF file into the models folder."""
    session: Session = context.obj
    path = path.expanduser().absolute()
    with session.reporting() as report:
        made = Models().import_file(path, name or path.stem.lower(), report=report, control=session.control)
    session.result(_model_as_json(made), [say("cli.model_imported", name=made.name)])


@models.command()
def verify(context: typer.Context, name: str) -> None:
    """Check a model's files against the hashes they were imported with."""
    session: Session = context.obj
    Models().verify(name)
    session.result({"name": name, "verified": True}, [say("cli.model_verified", name=name)])


def doctor(context: typer.Context) -> None:
    """Check this installation and the profile, as far as it can be told."""
    session: Session = context.obj
    checks = examine(session.root, Models())
    session.result(
        {"checks": checks},
        (f"{'ok ' if check.ok else '!! '} {check.name}: {check.detail}" for check in checks),
    )
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def export(context: typer.Context, folder: Path) -> None:
    """Write everything that is yours (chats, memory, feedback, the list of documents, settings) as plain, readable
    files into a new folder."""
    session: Session = context.obj
    folder = folder.expanduser().absolute()
    with session.assistant() as assistant:
        written = assistant.export(folder)
    session.result(
        {"folder": str(folder), "files": written},
        [say("cli.exported", folder=folder, files=len(written))],
    )


def erase(context: typer.Context, yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False) -> None:
    """Destroy the profile: chats, library, memory, adapters, backups and keys. Models and your own files stay."""
    session: Session = context.obj
    if not yes:
        _require_name(session)
    erase_profile(session.root)
    session.result({"erased": str(session.root)}, [say("cli.erased", path=session.root)])


def _require_name(session: Session) -> None:
    """Have the name of the profile that is to go typed, once it was said what goes with it."""
    if find_profile(session.root).state is ProfileState.ABSENT:
        raise InputRefused("profile_absent", path=str(session.root))
    if session.as_json:
        raise InputRefused("confirmation_needed")
    session.err.print(say("profiles.erase_words", path=session.root, name=profiles.name_of(session.root)))
    profiles.agreed(session.root, typer.prompt(say("cli.erase_name"), err=True))


def _model_as_json(model: ModelDescription) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.__struct_fields__}
