"""learn choose and learn compare: which of two drafts is better, and which version some answers are compared with."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from engine.cli.session import Session
from engine.errors import UsageError
from engine.learning.picks import SideBySideReport
from engine.learning.values import Choice
from engine.words import say

SHARE: Final = 0.1


class Chosen(StrEnum):
    A = "a"
    B = "b"
    BOTH = "both"
    NEITHER = "neither"


_CHOICES: Final[dict[Chosen, Choice]] = {
    Chosen.A: "left",
    Chosen.B: "right",
    Chosen.BOTH: "both",
    Chosen.NEITHER: "neither",
}


def register(learn: typer.Typer) -> None:
    learn.command()(choose)
    learn.command()(compare)


def choose(context: typer.Context, turn: str, choice: Chosen) -> None:
    """Say which of the two answers of `ask --compare` is better, by either's turn."""
    session: Session = context.obj
    with session.assistant() as assistant:
        chosen = assistant.choose(turn, _CHOICES[choice])
        refusal = assistant.learning.refusal(chosen)
    session.result(
        {"turn": chosen.id, "thread": chosen.thread_id, "choice": choice, "kept_for_learning": refusal is None},
        [say("cli.chosen" if refusal is None else f"cli.taught_{refusal}")],
    )


def compare(
    context: typer.Context,
    adapter: Annotated[str | None, typer.Argument(help="The adapter to compare with what is in use")] = None,
    share: Annotated[float, typer.Option(help="Of the answers in the window that come as two, .05 to .5")] = SHARE,
    end: Annotated[bool, typer.Option("--end", help="Let no answer come as two any more")] = False,
) -> None:
    """Let some answers come as two drafts, unlabelled: one by an adapter, one by what is in use."""
    session: Session = context.obj
    if end == (adapter is not None):
        raise UsageError("usage", reason="name an adapter to compare, or --end")
    with session.assistant() as assistant:
        if adapter is None:
            assistant.stop_comparing()
        else:
            assistant.compare(adapter, share)
        rival, told = assistant.learning.comparing.rival(), assistant.learning.comparing.reports()
        now = assistant.settings.side_by_side
    words = say("cli.compared_none") if rival is None else say("cli.compared", adapter=rival, share=now)
    session.result({"rival": rival, "share": now, "side_by_sides": told}, [words, *side_by_side_lines(told)])


def side_by_side_lines(reports: list[SideBySideReport]) -> list[str]:
    return [f"{report.adapter}: {report.words}" for report in reports]
