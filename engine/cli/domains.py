"""learn domains: the groups that examples fall into, their names, and what lies in which."""

import typer
from msgspec.structs import asdict

from engine.cli.group import Group
from engine.cli.learning import learn
from engine.cli.session import Session
from engine.learning.values import Domain
from engine.words import say

domains = typer.Typer(help="Groups of examples by what they are about.", cls=Group)


def register(_app: typer.Typer) -> None:
    learn.add_typer(domains, name="domains")


@domains.command("list")
def list_domains(context: typer.Context) -> None:
    """The groups there are, and how many corrections each needs for an adapter of its own."""
    session: Session = context.obj
    with session.assistant() as assistant:
        known = assistant.learning.domains.all()
        places = assistant.learning.domains.places()
    lines = [_line(domain) for domain in known]
    session.result({"domains": known, "examples": places}, lines or [say("cli.no_domains")])


@domains.command()
def rename(context: typer.Context, domain: str, name: str) -> None:
    """Give a group, named by its name or id, another name."""
    session: Session = context.obj
    with session.assistant() as assistant:
        renamed = assistant.learning.domains.rename(domain, name)
    session.result({"domain": renamed}, [_line(renamed)])


@domains.command()
def move(context: typer.Context, example: str, domain: str) -> None:
    """Put an example into a group, where it then stays; into a new one where none has that name."""
    session: Session = context.obj
    with session.assistant() as assistant:
        into = assistant.learning.domains.move(example, domain)
    session.result({"example": example, "domain": into}, [_line(into)])


def _line(domain: Domain) -> str:
    more = max(0, domain.needed - domain.corrections)
    return f"{domain.id}  {say('cli.domain', more=more, **asdict(domain))}"
