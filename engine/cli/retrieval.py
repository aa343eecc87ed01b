"""learn retrieval: what other retrieval settings would have done, and on how many questions they are tried."""

from typing import Annotated

import msgspec
import typer

from engine.cli.session import Session
from engine.errors import InputRefused
from engine.learning.experiments.retrieval_report import RetrievalReport
from engine.words import say


def retrieval(
    context: typer.Context,
    share: Annotated[
        float | None,
        typer.Option("--try", min=0.0, max=0.5, help="Try them on this share of the questions from now on; 0 ends it"),
    ] = None,
) -> None:
    """Estimate by your ratings what other ways of choosing passages would have done; with --try, try them."""
    session: Session = context.obj
    with session.assistant() as assistant:
        if share is not None:
            if share and not assistant.learning.enabled:
                raise InputRefused("learning_off")
            assistant.change_settings(msgspec.structs.replace(assistant.settings, try_retrieval=share))
        now = assistant.learning.retrieval.report()
    session.result({name: getattr(now, name) for name in now.__struct_fields__}, retrieval_lines(now))


def retrieval_lines(report: RetrievalReport) -> list[str]:
    lines = [report.standing]
    for policies, said in report.words():
        names = " · ".join(say(f"learning.policy_name_{policy}") for policy in policies)
        lines += [f"{names}:", *(f"  {sentence}" for sentence in said)]
    return lines
