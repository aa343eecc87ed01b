"""A group of verbs. Named without one it answers with its help; a program that asks for JSON is told of its mistake."""

from typing import Any

from typer.core import TyperGroup

from engine.cli.session import Session


class Group(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        session: Session = ctx.obj
        return super().parse_args(ctx, args or ([] if session.as_json else ["--help"]))
