"""shell install, remove, status: Hearthside in the file manager's menu."""

import typer

from engine.cli.group import Group
from engine.cli.session import Session
from engine.file_menu import menu
from engine.file_menu.values import MenuStatus

shell = typer.Typer(help="The file manager's menu.", cls=Group)


def register(app: typer.Typer) -> None:
    app.add_typer(shell, name="shell")


@shell.command()
def install(context: typer.Context) -> None:
    """Put "Index with Hearthside" and its like into the menus of the file managers on this machine."""
    _tell(context.obj, menu.install())


@shell.command()
def remove(context: typer.Context) -> None:
    """Take away everything that install wrote."""
    _tell(context.obj, menu.remove())


@shell.command()
def status(context: typer.Context) -> None:
    """Which file managers have it."""
    _tell(context.obj, menu.status())


def _tell(session: Session, now: MenuStatus) -> None:
    session.result({"installed": now.installed, "managers": now.managers}, menu.told(now))
