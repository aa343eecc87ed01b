"""library collections: sets of folders and files under a name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.group import Group
from engine.cli.session import Session
from engine.library.values import Collection
from engine.paths import as_named
from engine.words import say

collections = typer.Typer(help="Sets of folders and files under a name, to ask and search in.", cls=Group)

Paths = Annotated[list[Path], typer.Argument(help="Folders and files of the library")]


def register(library: typer.Typer) -> None:
    library.add_typer(collections, name="collections")


@collections.command("list")
def list_collections(context: typer.Context) -> None:
    """Every collection and what is in it."""
    session: Session = context.obj
    with session.assistant() as assistant:
        made = assistant.library.collections.all()
    session.result({"collections": made}, [line for one in made for line in _lines(one)] or [say("cli.no_collections")])


@collections.command()
def new(
    context: typer.Context,
    name: str,
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders and files of the library")] = None,
) -> None:
    """Make a collection, of these folders and files."""
    session: Session = context.obj
    with session.assistant() as assistant:
        made = assistant.library.collections.new(name, _places(paths or ()))
    _tell(session, made)


@collections.command()
def rename(context: typer.Context, name: str, to: str) -> None:
    """Call it something else."""
    session: Session = context.obj
    with session.assistant() as assistant:
        before = assistant.library.collections.get(name)
        made = assistant.library.collections.change(before.id, to, before.places)
    _tell(session, made)


@collections.command()
def put(context: typer.Context, name: str, paths: Paths) -> None:
    """Put folders and files in: what is in a folder belongs, now and later."""
    session: Session = context.obj
    with session.assistant() as assistant:
        made = assistant.library.collections.put(name, _places(paths))
    _tell(session, made)


@collections.command()
def take(context: typer.Context, name: str, paths: Paths) -> None:
    """Take folders and files out; they stay in the library."""
    session: Session = context.obj
    with session.assistant() as assistant:
        made = assistant.library.collections.take(name, _places(paths))
    _tell(session, made)


@collections.command()
def delete(context: typer.Context, name: str) -> None:
    """Forget that there was such a collection; the documents stay."""
    session: Session = context.obj
    with session.assistant() as assistant:
        gone = assistant.library.collections.get(name)
        assistant.library.collections.delete(gone.id)
    session.result({"deleted": gone.id}, [say("cli.collection_deleted", name=gone.name)])


def _tell(session: Session, made: Collection) -> None:
    session.result({name: getattr(made, name) for name in Collection.__struct_fields__}, _lines(made))


def _lines(one: Collection) -> list[str]:
    return [say("cli.collection", name=one.name, files=one.files), *(f"  {place}" for place in one.places)]


def _places(paths: Sequence[Path]) -> list[str]:
    return [str(as_named(path)) for path in paths]
