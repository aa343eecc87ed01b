"""ask and chat: a question from the command line, and a conversation in the terminal."""

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from engine.assistant import Assistant, find_profile
from engine.chat.chat import Chat
from engine.chat.values import (
    Answered,
    AskOptions,
    Citation,
    Compared,
    Comparing,
    Delta,
    Reading,
    Route,
    Routed,
    Turn,
    TurnEvent,
)
from engine.cli.making import make_profile
from engine.cli.scoping import In, InCollection, OfType, Since, scope_as_json, scope_of
from engine.cli.session import Session
from engine.errors import HearthsideError, Interrupted, UsageError
from engine.library.values import Scope
from engine.progress import Control
from engine.store.values import ProfileState
from engine.words import say


def register(app: typer.Typer) -> None:
    app.command()(ask)
    app.command()(chat)


def ask(  # noqa: PLR0917  typer makes an option of each parameter
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input")],
    thread: Annotated[str | None, typer.Option(help="Continue this thread")] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=2)] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1)] = None,
    no_documents: Annotated[bool, typer.Option("--no-documents")] = False,
    no_memory: Annotated[bool, typer.Option("--no-memory")] = False,
    no_adapter: Annotated[bool, typer.Option("--no-adapter")] = False,
    incognito: Annotated[
        bool, typer.Option("--incognito", help="Keep it nowhere: there is no turn to continue, rate or correct later")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Two drafts to choose from, unlabelled: then learn choose TURN a|b")
    ] = False,
    inside: In = None,
    collection: InCollection = None,
    since: Since = None,
    kind: OfType = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="In all documents, also where the thread was limited to some")
    ] = False,
) -> None:
    """Ask one question: answered from your documents, with citations."""
    session: Session = context.obj
    options = AskOptions(
        temperature=temperature,
        seed=seed,
        max_tokens=max_tokens,
        documents=not no_documents,
        memory=not no_memory,
        adapter=not no_adapter,
        compare="always" if compare else "never",
    )
    _require_one_of(thread, incognito=incognito)
    if compare and (incognito or no_adapter):
        raise UsageError("usage", reason="--compare is kept, and compares what was learned")
    if everywhere and (inside or collection or since or kind):
        raise UsageError("usage", reason="--everywhere is in all documents: name it or limits, not both")
    if question == "-":
        question = sys.stdin.read()
    with session.assistant() as assistant, _chat_of(assistant, incognito=incognito) as talk:
        if compare:
            assistant.learning.comparing.require(thread)
        scope = Scope() if everywhere else scope_of(assistant, inside, collection, since, kind)
        options = msgspec.structs.replace(options, scope=scope)
        turn, other = _stream(talk.ask(question, thread_id=thread, options=options, control=session.control), session)
        if not incognito:
            _heed(assistant, turn)
    if session.control.cancelled:
        raise Interrupted
    if compare:
        _tell_compared(session, turn, other)
        return
    nowhere = {"turn": None, "thread": None} if incognito else {}
    session.result(turn_as_json(turn) | nowhere, _source_lines(turn))


def chat(
    context: typer.Context,
    thread: Annotated[str | None, typer.Option(help="Continue this thread")] = None,
    incognito: Annotated[bool, typer.Option("--incognito", help="Keep it nowhere: it is gone when you leave")] = False,
) -> None:
    """Talk in the terminal."""
    session: Session = context.obj
    if session.as_json:
        raise UsageError("usage", reason="a chat is read by a person: ask gives JSON")
    _require_one_of(thread, incognito=incognito)
    absent = find_profile(session.root).state is ProfileState.ABSENT and sys.stdin.isatty()
    with session.assistant(make_profile(session) if absent else None) as assistant:
        if thread is not None:
            assistant.chat.turns(thread)  # refuses one that is not there
        if incognito:
            session.out.print(say("cli.chat_incognito"))
        with _chat_of(assistant, incognito=incognito) as talk:
            converse(talk, session, thread, heed=_unheeded if incognito else functools.partial(_heed, assistant))


def converse(talk: Chat, session: Session, thread: str | None = None, *, heed: Callable[[Turn], None]) -> None:
    """The terminal chat: a line is a question; an empty line or end of input leaves; Ctrl-C stops an answer. `heed` is
    told of each turn once its answer stands."""
    session.out.print(say("cli.chat_welcome"))
    while question := _next_question(session.out):
        session.control = Control()
        try:
            turn, _ = _stream(talk.ask(question, thread_id=thread, control=session.control), session)
        except HearthsideError as error:
            session.fail(error)
            continue
        thread = turn.thread_id
        for line in _source_lines(turn):
            session.out.print(line, style="dim")
        heed(turn)


def turn_as_json(turn: Turn) -> dict[str, Any]:
    """A turn as the contract gives it."""
    return {
        "turn": turn.id,
        "thread": turn.thread_id,
        "answer": turn.answer,
        "finish": turn.finish,
        "citations": [citation_as_json(citation) for citation in turn.citations],
        "route": route_as_json(turn.route),
        "timings": turn.timings,
        "confidence": turn.confidence,
        "scope": scope_as_json(turn.scope),
    }


def route_as_json(route: Route) -> dict[str, Any]:
    """In a trial, and of a draft to compare, without the adapter: who rates or chooses must not know which gave it."""
    tried = None if route.arm is None else route.arm.trial
    adapter = route.adapter if tried is None and route.comparison is None else None
    value = {"documents": route.documents, "memory": route.memory, "adapter": adapter, "reason": route.reason}
    return value | {"trial": tried, "domain": route.domain, "survey": route.survey}


def citation_as_json(citation: Citation) -> dict[str, Any]:
    kept = ("number", "path", "page", "start", "end", "text", "ocr", "away")
    return {name: getattr(citation, name) for name in kept}


def _tell_compared(session: Session, left: Turn, right: Turn | None) -> None:
    """Two drafts without what could tell them apart; or the one answer there is, and that there was no other."""
    if right is None:
        session.err.print(say("cli.not_compared"), style="dim")
        session.result(turn_as_json(left) | {"a": None, "b": None}, _source_lines(left))
        return
    route = {"thread": left.thread_id, "route": route_as_json(left.route)}
    lines = [say("cli.drafts", a=left.answer, b=right.answer), say("cli.choose", turn=left.id)]
    session.result(route | {"a": _draft_as_json(left), "b": _draft_as_json(right)}, lines)


def _draft_as_json(turn: Turn) -> dict[str, Any]:
    """Neither its speed nor its confidence: an adapter changes both."""
    kept = ("turn", "answer", "finish", "citations")
    return {name: value for name, value in turn_as_json(turn).items() if name in kept}


def _require_one_of(thread: str | None, *, incognito: bool) -> None:
    if thread is not None and incognito:
        raise UsageError("usage", reason="a thread is kept, and --incognito keeps nothing: give one of them")


@contextlib.contextmanager
def _chat_of(assistant: Assistant, *, incognito: bool) -> Iterator[Chat]:
    """The chat of the profile, or one that ends with the block."""
    if not incognito:
        yield assistant.chat
        return
    with contextlib.closing(assistant.incognito()) as private:
        yield private.chat


def _heed(assistant: Assistant, turn: Turn) -> None:
    """What the question tells of the answer before it is kept if it can be: the answer stands without."""
    with contextlib.suppress(HearthsideError):
        assistant.heed(turn.id)


def _unheeded(turn: Turn) -> None:
    """Of a conversation that is kept nowhere."""


def _next_question(out: Console) -> str:
    try:
        return out.input(say("cli.chat_prompt")).strip()
    except EOFError:
        return ""


def _stream(events: Iterator[TurnEvent], session: Session) -> tuple[Turn, Turn | None]:
    """Follow a turn to its end, writing the answer as it comes where a person reads it. With the other draft, if two
    were made to compare."""
    turn: Turn | None = None
    other: Turn | None = None
    said = False
    for event in events:
        match event:
            case Comparing():
                session.err.print(say("cli.comparing"), style="dim")
            case Routed(route=route):
                session.err.print(route.reason, style="dim")
            case Reading(done=done, total=total, path=path):
                session.err.print(say("cli.reading_file", number=done + 1, total=total, path=path), style="dim")
            case Delta(text=text) if not session.as_json:
                session.out.print(text, end="")
                said = True
            case Answered(turn=answered):
                turn = answered
            case Compared(left=left, right=right):
                turn, other = left, right
    if turn is None:
        raise HearthsideError("turn_unfinished")
    if not session.as_json and other is None:
        session.out.print("" if said else turn.answer)
    return turn, other


def _source_lines(turn: Turn) -> Iterator[str]:
    for citation in turn.citations:
        page = "" if citation.page is None else say("cli.page", page=citation.page)
        ocr = say("cli.ocr") if citation.ocr else ""
        away = say("cli.away", reason=say(f"library.{citation.away}")) if citation.away else ""
        yield f"[{citation.number}] {citation.path or say('cli.removed')}{page}{ocr}{away}"
