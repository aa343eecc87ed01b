"""learn: consent, review, training, the gate's verdict, promotion, rollback and forgetting."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import asdict

from engine.assistant import Assistant, Forgettable
from engine.cli import comparing, reach
from engine.cli.comparing import side_by_side_lines
from engine.cli.group import Group
from engine.cli.retrieval import retrieval, retrieval_lines
from engine.cli.session import Session
from engine.cli.times import with_times
from engine.clock import rfc3339
from engine.errors import InputRefused, UsageError
from engine.learning.experiments.trying import SHARE
from engine.learning.values import (
    Adapter,
    Dependants,
    Example,
    Feedback,
    GateReport,
    LearningReport,
    Signals,
    Tally,
    TrainingProgress,
    TrialReport,
)
from engine.paths import as_named
from engine.words import say

learn = typer.Typer(help="Learning from your corrections, on this machine.", cls=Group)


def register(app: typer.Typer) -> None:
    reach.register(learn)
    comparing.register(learn)
    learn.command()(retrieval)
    app.add_typer(learn, name="learn")


@learn.command()
def on(
    context: typer.Context, yes: Annotated[bool, typer.Option("--yes", help="I have read the page")] = False
) -> None:
    """Turn learning on, after one page of plain words on what is kept, where, and how to undo it; or agree to a newer
    one."""
    session: Session = context.obj
    with session.assistant() as assistant:
        if not yes and not (assistant.learning.enabled and not assistant.learning.page_news()):
            _ask_consent(session, assistant)
        assistant.learning.turn_on()
    session.result({"enabled": True}, [say("cli.learning_on")])


@learn.command()
def off(context: typer.Context) -> None:
    """Turn learning off: nothing new is kept, nothing is trained, the base model answers as it is."""
    session: Session = context.obj
    with session.assistant() as assistant:
        assistant.learning.turn_off()
    session.result({"enabled": False}, [say("cli.learning_off")])


@learn.command()
def status(context: typer.Context) -> None:
    """How much there is to learn from, and whether it is enough."""
    session: Session = context.obj
    with session.assistant() as assistant:
        now, topics = assistant.learning.status(), assistant.learning.topics()
    words = say("cli.learning_on" if now.enabled else "cli.learning_off")
    session.result(
        with_times(now) | {"trial": None if now.trial is None else trial_as_json(now.trial), "topics": topics},
        [
            words + " " + say("cli.learn_status", examples=now.examples, needed=now.needed),
            f"{now.answers}.",
            *([] if now.base_ratings is None else [say("learning.base_rated", **asdict(now.base_ratings))]),
            *([say("learning.failed"), *now.failed] if now.failed else []),
            *([] if now.untested is None else [say("cli.untested", adapter=now.untested)]),
            *([] if now.returned is None else [say("learning.returned", **asdict(now.returned))]),
            *([say("learning.withdrawn", withdrawn=now.withdrawn)] if now.withdrawn else []),
            *([say("learning.other_base")] if now.other_base else []),
            *([topics.words] if topics is not None and topics.verdict == "changed" else []),
            *([] if now.trial is None else trial_lines(now.trial)),
            *([] if now.rival is None else [say("cli.rival", adapter=now.rival)]),
            *map(_signals_line, now.signals),
        ],
    )


@learn.command()
def signals(context: typer.Context) -> None:
    """What was kept of the use of answers: counted by version, never trained on; `forget --feedback` takes one back."""
    session: Session = context.obj
    with session.assistant() as assistant:
        kept = assistant.learning.capture.signals()
    lines = [
        f"{row.id}  {rfc3339(row.created_ms)}  {say(f'learning.signal_{row.kind}')}  {row.turn_id}" for row in kept
    ]
    session.result({"signals": [_signal_as_json(row) for row in kept]}, lines or [say("cli.no_signals")])


@learn.command("import")
def import_feedback(context: typer.Context, path: Path) -> None:
    """Take feedback from JSON lines of {prompt, draft?, correction?, rejected?, rating?, time?}, or marks of
    {prompt, signal, turn}."""
    session: Session = context.obj
    with session.assistant() as assistant:
        done = assistant.learning.capture.import_file(as_named(path))
    session.result(
        {"imported": done.imported, "skipped": done.skipped},
        [say("cli.imported", imported=done.imported, skipped=len(done.skipped))],
    )


@learn.command()
def review(
    context: typer.Context,
    leave_out: Annotated[list[str], typer.Option(help="Leave this example out")] = [],  # noqa: B006  typer copies it
    take_back: Annotated[list[str], typer.Option(help="Take this example in again")] = [],  # noqa: B006  as above
    keep_anyway: Annotated[list[str], typer.Option(help="Learn from this although it is doubted")] = [],  # noqa: B006  as above
) -> None:
    """What would be trained on, as it would be trained on."""
    session: Session = context.obj
    with session.assistant() as assistant:
        for example in leave_out:
            assistant.learning.leave_out(example)
        for example in take_back:
            assistant.learning.take_back(example)
        for example in keep_anyway:
            assistant.learning.keep_anyway(example)
        examples = assistant.learning.review()
    session.result(
        {"examples": [_example_as_json(example) for example in examples]},
        (_example_line(example) for example in examples),
    )


@learn.command()
def train(
    context: typer.Context,
    layers: Annotated[int | None, typer.Option(min=1, help="Adapt so many top layers, or all there are")] = None,
    search: Annotated[bool | None, typer.Option(help="Try several ways first; takes about six times as long")] = None,
    domain: Annotated[str | None, typer.Option(help="Train for this group of examples alone")] = None,
) -> None:
    """Train an adapter from what was reviewed, and let the gate judge it. Ctrl-C keeps a checkpoint to go on from."""
    session: Session = context.obj
    with session.assistant() as assistant, session.reporting():
        done = assistant.learning.train(
            report=_told(session), control=session.control, layers=layers, search=search, domain=domain
        )
    session.result(
        {
            "adapter": done.adapter,
            "examples": done.examples,
            "held_out": done.held_out,
            "tokens": done.tokens,
            "tokens_per_s": round(done.tokens_per_s, 1),
            "seconds": round(done.seconds, 1),
            "gate": gate_as_json(done.gate),
        },
        _gate_lines(done.adapter, done.gate),
    )


@learn.command()
def adapters(context: typer.Context) -> None:
    """Every adapter, its state and its scores."""
    session: Session = context.obj
    with session.assistant() as assistant:
        known = assistant.learning.versions.all()
    session.result(
        {"adapters": [adapter_as_json(adapter) for adapter in known]},
        (f"{adapter.id}  {adapter.state}  {adapter.examples}  {_rated(adapter.ratings)}" for adapter in known),
    )


@learn.command()
def promote(
    context: typer.Context,
    adapter: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    force: Annotated[bool, typer.Option("--force", help="Although the gate could not tell")] = False,
) -> None:
    """Use an adapter from now on. It is your decision: the gate only advises, and refuses what it found worse."""
    session: Session = context.obj
    if not yes and (session.as_json or not typer.confirm(say("cli.promote_confirm"), err=True)):
        raise InputRefused("confirmation_needed")
    with session.assistant() as assistant:
        promoted = assistant.learning.versions.promote(adapter, force=force)
    session.result(adapter_as_json(promoted), [say("cli.promoted", adapter=promoted.id)])


@learn.command("test")
def put_to_test(
    context: typer.Context, adapter: Annotated[str | None, typer.Argument(help="The one in use if absent")] = None
) -> None:
    """Put an adapter to the longer test. One in use that fails it is taken out of use."""
    session: Session = context.obj
    with session.assistant() as assistant, session.reporting():
        tested = adapter or assistant.learning.status().active_adapter
        if tested is None:
            raise InputRefused("nothing_to_test")
        gate = assistant.learning.judging.test_fully(tested, report=_told(session), control=session.control)
        active = assistant.learning.status().active_adapter
    session.result(
        {"adapter": tested, "gate": gate_as_json(gate), "active": active}, _gate_lines(tested, gate, words="tested")
    )


@learn.command()
def shadow(context: typer.Context, adapter: Annotated[str, typer.Argument(help="The adapter to ask")]) -> None:
    """What an adapter would have answered since it was trained, beside what answers now: it answers nothing by it."""
    session: Session = context.obj
    with session.assistant() as assistant, session.reporting():
        found = assistant.learning.shadow(adapter, report=_told(session), control=session.control)
    session.result(
        {"adapter": adapter, "against": found.against, "shadow": gate_as_json(found.report)},
        _gate_lines(adapter, found.report, words="shadow"),
    )


@learn.command()
def rollback(
    context: typer.Context,
    domain: Annotated[str | None, typer.Option(help="Of this group of examples; else the one for all")] = None,
) -> None:
    """Go back to the adapter before, or to the base model."""
    session: Session = context.obj
    with session.assistant() as assistant:
        domain_id = None if domain is None else assistant.learning.domains.find(domain).id
        before = assistant.learning.versions.roll_back(domain_id)
    name = None if before is None else before.id
    session.result({"active": name}, [say("cli.rolled_back", adapter=name or say("cli.base"))])


@learn.command("try")
def try_out(
    context: typer.Context,
    adapter: Annotated[str | None, typer.Argument(help="The adapter to try")] = None,
    share: Annotated[float, typer.Option(help="Of the answers that it gives, .05 to .5")] = SHARE,
    end: Annotated[bool, typer.Option("--end", help="End the trial: what was in use answers again")] = False,
) -> None:
    """Let an adapter answer a share of your questions, drawn at random, and compare it by your ratings."""
    session: Session = context.obj
    if end == (adapter is not None):
        raise UsageError("usage", reason="name an adapter to try, or --end")
    with session.assistant() as assistant:
        if adapter is None:
            assistant.learning.versions.end_trial()
        else:
            assistant.learning.versions.try_out(adapter, share)
        now = assistant.learning.versions.trials()[0]
    session.result(trial_as_json(now), trial_lines(now))


@learn.command()
def forget(  # noqa: PLR0917  typer makes an option of each parameter
    context: typer.Context,
    feedback: Annotated[str | None, typer.Option(help="One piece of feedback")] = None,
    turn: Annotated[str | None, typer.Option(help="All feedback on one answer")] = None,
    thread: Annotated[str | None, typer.Option(help="All feedback in one conversation")] = None,
    folder: Annotated[Path | None, typer.Option(help="All feedback on answers that draw on a folder or file")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="All feedback, memory of it, and adapters")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and forget nothing")] = False,
) -> None:
    """Forget: removed from the store and the backups, and every adapter trained on it destroyed."""
    session: Session = context.obj
    if sum((*(one is not None for one in (feedback, turn, thread, folder)), everything)) != 1:
        raise UsageError("usage", reason="name one of --feedback, --turn, --thread, --folder and --everything")
    named: Forgettable = {
        "feedback_id": feedback,
        "turn_id": turn,
        "thread_id": thread,
        "folder": None if folder is None else as_named(folder),
        "everything": everything,
    }
    with session.assistant() as assistant:
        if dry_run:
            _tell_dependants(session, assistant.what_depends(**named))
            return
        receipt = assistant.forget(**named)
    session.result(
        {name: getattr(receipt, name) for name in receipt.__struct_fields__},
        [say("cli.forgotten", items=receipt.items, adapters=len(receipt.adapters_destroyed))],
    )


@learn.command()
def report(context: typer.Context) -> None:
    """What was learned from what, how it scored, and what was done with it."""
    session: Session = context.obj
    with session.assistant() as assistant:
        whole, tried = assistant.learning.report(), assistant.learning.retrieval.report()
    standing = [adapter for adapter in whole.adapters if adapter.destroyed_ms is None]
    session.result(
        {
            "report": _report_as_json(whole),
            "adapters": [adapter_as_json(adapter) for adapter in whole.adapters],
            "trials": [trial_as_json(trial) for trial in whole.trials],
            "retrieval": tried,
        },
        [
            *(
                line
                for adapter in standing
                if adapter.gate is not None
                for line in _gate_lines(adapter.id, adapter.gate)
            ),
            *(line for trial in whole.trials for line in trial_lines(trial)),
            *side_by_side_lines(whole.side_by_sides),
            *retrieval_lines(tried),
        ],
    )


def _ask_consent(session: Session, assistant: Assistant) -> None:
    """Show the page, first what is new on it to who agreed to an older one, and ask. Raises
    InputRefused("consent_needed")."""
    news = assistant.learning.page_news()
    if news:
        session.err.print("\n".join([say("learning.page_new"), *(f"- {line}" for line in news)]) + "\n")
    names = say("learning.names_masked" if assistant.settings.mask_names else "learning.names_stand")
    session.err.print(say("learning.consent_page", names=names))
    question = say("cli.learn_renew" if news else "cli.learn_confirm")
    if session.as_json or not typer.confirm(question, err=True):
        raise InputRefused("consent_needed")


def _tell_dependants(session: Session, found: Dependants) -> None:
    adapters = [adapter.id for adapter in found.adapters]
    session.result(
        {"items": found.items, "memories": found.memories, "datasets": found.datasets, "adapters": adapters},
        [say("learning.dependants", items=found.items, memories=found.memories, adapters=len(adapters)), *adapters],
    )


def adapter_as_json(adapter: Adapter) -> dict[str, Any]:
    value: dict[str, Any] = with_times(adapter)
    return value | {"trial": None if adapter.trial is None else adapter.trial.trial.id}


def gate_as_json(gate: GateReport) -> dict[str, Any]:
    return {"verdict": gate.verdict, "reasons": gate.reasons, "scores": gate.scores}


def _told(session: Session) -> Callable[[TrainingProgress], None]:
    """Progress on the last line of a terminal; nowhere else."""

    def tell(now: TrainingProgress) -> None:
        if session.err.is_terminal:
            loss = "" if now.loss is None else f"{now.loss:.3f}"
            eta = "" if now.eta_s is None else f"{now.eta_s:.0f}"
            line = say("cli.train_step", phase=now.phase, step=now.step, steps=now.steps, loss=loss, eta=eta)
            session.err.print(line, end="\r")

    return tell


def _report_as_json(report: LearningReport) -> dict[str, Any]:
    """Without the adapters and trials, which stand beside it."""
    told: dict[str, Any] = with_times(report)
    del told["adapters"], told["trials"]
    if told["status"]["trial"] is not None:
        told["status"]["trial"] = _blind(told["status"]["trial"])
    return told


def trial_as_json(report: TrialReport) -> dict[str, Any]:
    value = _blind(with_times(report))
    told: dict[str, Any] = value.pop("trial") | value
    return told


def _blind(report: dict[str, Any]) -> dict[str, Any]:
    """A trial's report without the seed, with which anybody could tell which version answers a turn."""
    return report | {"trial": {name: value for name, value in report["trial"].items() if name != "seed"}}


def trial_lines(report: TrialReport) -> list[str]:
    return [f"{report.trial.adapter}: {report.standing}", *(f"  {reason}" for reason in report.reasons)]


def _gate_lines(adapter: str, gate: GateReport, words: str = "verdict") -> list[str]:
    return [f"{adapter}: {say(f'learning.{words}_{gate.verdict}')}", *(f"  {reason}" for reason in gate.reasons)]


def _rated(tally: Tally | None) -> str:
    return "" if tally is None else say("learning.rated", **asdict(tally))


def _signals_line(counts: Signals) -> str:
    if counts.adapter is None:
        return say("learning.base_signals", **asdict(counts))
    return f"{counts.adapter}: {say('learning.signals', **asdict(counts))}"


def _signal_as_json(row: Feedback) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "turn": row.turn_id,
        "thread": row.thread_id,
        "adapter": row.adapter_id,
        "source": row.source,
        "time": rfc3339(row.created_ms),
    }


def _example_as_json(example: Example) -> dict[str, Any]:
    return {
        "id": example.id,
        "feedback": example.feedback_id,
        "prompt": example.prompt,
        "target": example.target,
        "rejected": example.rejected,
        "left_out": example.left_out,
        "redactions": example.redactions,
        "time": rfc3339(example.created_ms),
    }


def _example_line(example: Example) -> str:
    mark = " " if example.left_out is None else "-"
    why = "" if example.left_out is None else f"  {say('learning.' + example.left_out)}"
    return f"{mark} {example.id}  {example.target[:100]!r}{why}"
