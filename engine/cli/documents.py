"""index, search and library: the owner's documents from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.assistant import Assistant
from engine.cli import collections
from engine.cli.group import Group
from engine.cli.scoping import In, InCollection, OfType, Since, scope_of
from engine.cli.session import Session
from engine.errors import Busy, InputRefused
from engine.handover import Index, hand_over
from engine.library.patterns import checked
from engine.library.values import (
    DocumentText,
    FileReport,
    FileState,
    IndexPlan,
    IndexReport,
    Passage,
    RootStanding,
    Scope,
    Standing,
)
from engine.paths import as_named
from engine.words import say

library = typer.Typer(help="What is indexed.", cls=Group)


def register(app: typer.Typer) -> None:
    app.command()(index)
    app.command()(search)
    app.add_typer(library, name="library")
    collections.register(library)


@library.callback()
def _library() -> None:
    """What is indexed."""


def index(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Folders and files to add, in place")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read, and read nothing")] = False,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="A pattern, as in .gitignore, of what to leave out from now on; '' for none"),
    ] = None,
    never_learn: Annotated[
        bool, typer.Option("--never-learn", help="Keep answers that draw on them out of learning")
    ] = False,
) -> None:
    """Add folders and files to the library; those already there are read again only where they changed."""
    session: Session = context.obj
    paths = [as_named(path) for path in paths]
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise InputRefused("path_absent", path=str(missing))
    patterns = None if exclude is None else checked("\n".join(exclude))
    may_teach = False if never_learn else None
    try:
        with session.assistant() as assistant, session.reporting() as report:
            library = assistant.library
            if dry_run:
                _tell_plan(session, library.plan(paths, patterns=patterns, report=report, control=session.control))
                return
            done = library.add(paths, report=report, control=session.control, may_teach=may_teach, patterns=patterns)
    except Busy:
        if dry_run or not hand_over(session.root, Index([str(path) for path in paths], may_teach, patterns)):
            raise
        session.result({"handed_over": True}, [say("cli.handed_over")])
        return
    tell_report(session, done)


def search(  # noqa: PLR0917  typer makes an option of each parameter
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(help="What to look for")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages")] = 10,
    queries: Annotated[Path | None, typer.Option(help="JSON lines of {id, query}: one result line each")] = None,
    inside: In = None,
    collection: InCollection = None,
    since: Since = None,
    kind: OfType = None,
) -> None:
    """Find passages in the library."""
    session: Session = context.obj
    if (query is None) == (queries is None):
        raise InputRefused("search_needs_query")
    with session.assistant() as assistant:
        scope = scope_of(assistant, inside, collection, since, kind) or Scope()
        if queries is not None:
            _search_many(session, assistant, queries, k, scope)
            return
        found = assistant.library.search(query or "", k, scope)
    session.result({"results": [passage_as_json(passage) for passage in found]}, _found_lines(found))


@library.command("list")
def list_files(
    context: typer.Context, state: Annotated[FileState | None, typer.Option(help="Only files in this state")] = None
) -> None:
    """Every file and where it stands."""
    session: Session = context.obj
    with session.assistant() as assistant:
        files = [file for file in assistant.library.files() if state in {None, file.state}]
        roots = assistant.library.roots()
    session.result(
        {"roots": roots, "files": [_file_as_json(file) for file in files]},
        (_file_line(file) for file in files),
    )


@library.command()
def show(
    context: typer.Context,
    path: Path,
    page: Annotated[int | None, typer.Option(min=1, help="Only this page")] = None,
    start: Annotated[int, typer.Option(min=0, help="From this code point on")] = 0,
    end: Annotated[int | None, typer.Option(min=0, help="Up to this code point")] = None,
) -> None:
    """The text of a file as it was last read, or the part that a citation or a search names."""
    session: Session = context.obj
    whole = str(as_named(path))
    with session.assistant() as assistant:
        files = [file for file in assistant.library.files(whole) if file.path == whole and file.document_id]
        document = assistant.library.text(files[0].document_id or "") if files else None
        if document is None:
            raise InputRefused("text_absent", path=whole)
        standing = assistant.library.standing(document.document_id)
    first, last = (0, len(document.text)) if page is None else _page(document, page)
    first, last = max(first, start), min(last, len(document.text) if end is None else end)
    text = document.text[first:last]
    at = [place for place in document.places if place.start <= first]
    session.result(
        {
            "path": document.path,
            "standing": standing,
            "page": at[-1].page if at else None,
            "heading": at[-1].heading if at else "",
            "start": first,
            "end": first + len(text),
            "text": text,
        },
        [*([] if standing is Standing.SAME else [say(f"library.standing_{standing}")]), text],
    )


@library.command()
def status(context: typer.Context) -> None:
    """How current each folder is: what changed since it was read, and what cannot be reached."""
    session: Session = context.obj
    with session.assistant() as assistant:
        standings = assistant.library.standings()
    session.result({"roots": standings}, map(_standing_line, standings))


@library.command()
def refresh(context: typer.Context) -> None:
    """Look at every folder again and read what changed."""
    session: Session = context.obj
    with session.assistant() as assistant, session.reporting() as report:
        done = assistant.library.refresh(report=report, control=session.control)
    tell_report(session, done)


@library.command()
def remove(context: typer.Context, path: Path) -> None:
    """Take a folder or file out of the library: its text is deleted here, the file itself is not touched."""
    session: Session = context.obj
    with session.assistant() as assistant:
        removed = assistant.library.remove(as_named(path))
    session.result({"removed": removed}, [say("cli.removed_documents", count=removed)])


def tell_report(session: Session, done: IndexReport) -> None:
    session.result(
        {
            "files": [_file_as_json(file) for file in done.files],
            "chunks": done.chunks,
            "seconds": round(done.seconds, 3),
            "fresh": done.fresh,
            "removed": done.removed,
        },
        [
            *(_file_line(file) for file in done.files if file.state is not FileState.INDEXED),
            say("cli.indexed", files=len(done.files), chunks=done.chunks, seconds=done.seconds),
        ],
    )


def passage_as_json(passage: Passage) -> dict[str, Any]:
    kept = ("path", "page", "start", "end", "score", "text", "ocr", "away")
    return {name: getattr(passage, name) for name in kept}


def _page(document: DocumentText, page: int) -> tuple[int, int]:
    """Where a page stands in the text. Raises InputRefused where it has no words or is none."""
    starts = [place.start for place in document.places if place.page == page]
    if not starts:
        raise InputRefused("page_absent", path=document.path, page=page)
    later = [place.start for place in document.places if place.start > starts[-1]]
    return starts[0], later[0] if later else len(document.text)


def _search_many(session: Session, assistant: Assistant, queries: Path, k: int, scope: Scope) -> None:
    try:
        lines = queries.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputRefused("queries_unreadable", path=str(queries), reason=reason) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, text = row["id"], str(row["query"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputRefused("query_line_invalid", path=str(queries), line=number) from error
        session.control.checkpoint()
        found = assistant.library.search(text, k, scope)
        session.line({"id": name, "results": [passage_as_json(passage) for passage in found]})


def _tell_plan(session: Session, plan: IndexPlan) -> None:
    session.result(
        {
            "files": [_file_as_json(file) for file in plan.files],
            "by_type": plan.by_type,
            "bytes": plan.bytes,
            "seconds_estimated": round(plan.seconds_estimated, 1),
            "seconds_measured": plan.seconds_measured,
            "bytes_estimated": plan.bytes_estimated,
            "reading": plan.reading,
            "unchanged": plan.unchanged,
            "skipped": plan.skipped,
        },
        [*(_file_line(file) for file in plan.files), _plan_line(plan)],
    )


def _plan_line(plan: IndexPlan) -> str:
    return say(
        "cli.planned" if plan.seconds_measured else "cli.planned_guess",
        reading=sum(kind.files for kind in plan.reading),
        files=len(plan.files),
        megabytes=plan.bytes / 1e6,
        seconds=plan.seconds_estimated,
        unchanged=plan.unchanged,
        skipped=sum(plan.skipped.values()),
        growth=plan.bytes_estimated / 1e6,
    )


def _found_lines(found: list[Passage]) -> Iterator[str]:
    for passage in found:
        page = "" if passage.page is None else say("cli.page", page=passage.page)
        ocr = say("cli.ocr") if passage.ocr else ""
        yield f"{passage.score:.2f}  {passage.path}{page}{ocr}{_away(passage.away)}"
        yield passage.text.strip() + "\n"


def _file_as_json(file: FileReport) -> dict[str, Any]:
    kept = ("path", "state", "reason", "chunks", "away")
    return {name: getattr(file, name) for name in kept}


def _file_line(file: FileReport) -> str:
    return f"{say('library.state_' + file.state)}: {file.path}" + (
        f" ({say('library.' + file.reason)})" if file.reason else _away(file.away)
    )


def _away(reason: str) -> str:
    """Why the file cannot be reached just now, behind its path."""
    return say("cli.away", reason=say(f"library.{reason}")) if reason else ""


def _standing_line(standing: RootStanding) -> str:
    reason = say(f"library.{standing.reason}") if standing.reason else ""
    words = say(f"library.root_{standing.state}", left=standing.left, reason=reason)
    files = "  " + say("library.files_away", away=standing.away) if standing.away and not reason else ""
    return f"{standing.path}: {words}{files}"
