"""The library's front: add, refresh, remove, search, and read what a citation points at."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from engine.clock import Clock
from engine.errors import InputRefused
from engine.library import passages
from engine.library.changes import compare, device_at
from engine.library.collections import Collections
from engine.library.embed import Embedder
from engine.library.estimate import estimate
from engine.library.index import Index
from engine.library.indexing import Indexing
from engine.library.one_run import OneRun
from engine.library.pages import Pages
from engine.library.patterns import checked
from engine.library.plan import plan
from engine.library.records import records
from engine.library.root_standing import standings
from engine.library.roots import Roots
from engine.library.runs import Runs
from engine.library.schema import OWNER_MIGRATIONS
from engine.library.scope import documents_in, parts, types_in
from engine.library.search import Search
from engine.library.sources import source
from engine.library.standing import standing
from engine.library.survey import Bounds, Places, survey_trees
from engine.library.values import (
    DocumentText,
    FileReport,
    IndexPlan,
    IndexReport,
    Passage,
    Ranking,
    Rescanned,
    Root,
    RootStanding,
    Scope,
    ScopePart,
    Source,
    Standing,
)
from engine.library.vectors import Ids, VectorIndex
from engine.library.walk import shown
from engine.progress import Control, Report, unreported
from engine.store.database import Database
from engine.store.unstored import Unstored

_EVERYTHING = Scope()


class Library:
    """The owner's documents in library.db. Any thread may call; runs of indexing wait for each other."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        *,
        text_limit_mb: int,
        clock: Clock,
        owner: Database | None = None,
        read_pictures: Callable[[], bool] = lambda: True,
    ) -> None:
        """`owner` (owner.db) keeps the list of roots too, for when library.db is lost, and the collections: without it
        they last as long as this object. `read_pictures` says whether words in pictures are wanted, each time files
        are read.
        """
        self._read_pictures = read_pictures
        self._database = database
        self._text_limit = text_limit_mb * 1_000_000
        self._roots = Roots(database, clock, owner)
        self.collections = Collections(owner or Unstored(OWNER_MIGRATIONS), database, clock)
        self._vectors = vectors = VectorIndex(database, embedder)
        self._index = Index(database, vectors, clock)
        self._indexing = Indexing(self._index, embedder, text_limit=self._text_limit, read_pictures=read_pictures)
        self._runs = Runs(
            database,
            self._roots,
            self._index,
            self._indexing,
            text_limit=self._text_limit,
            read_pictures=read_pictures,
            moved=self._follow,
        )
        self._search = Search(database, embedder, vectors)
        self.pages = Pages(database, text_limit=self._text_limit)
        self._one_run = OneRun()
        self._roots_changed: list[Callable[[], None]] = []

    def add(
        self,
        paths: Sequence[Path],
        *,
        report: Report = unreported,
        control: Control | None = None,
        may_teach: bool | None = None,
        patterns: str | None = None,
    ) -> IndexReport:
        """Index folders and files in place, and keep them as roots. Every file ends in a named state.

        A file that took its reader down is read again when it is named itself.

        `may_teach` says whether answers that draw on them may be learned from; without it a root that is there keeps
        its wish, and a new one may. `patterns`, a line each as in .gitignore, say what is left out of them from now on;
        without them what was said before holds.

        Raises Interrupted when cancelled (the files done by then stay) and InputRefused("pattern_invalid").
        """
        tops = _tops(paths)
        patterns = None if patterns is None else checked(patterns)
        with self._one_run.asked_for():
            for top in tops:
                self._roots.add(shown(top), may_teach=may_teach, patterns=patterns)
            self._tell_roots_changed()
            return self._runs.of_trees(tops, report, control or Control(), named=frozenset(map(shown, tops)))

    def refresh(
        self, root: str | None = None, *, report: Report = unreported, control: Control | None = None
    ) -> IndexReport:
        """Bring every root, or this one, up to date: new, changed, moved and deleted files."""
        with self._one_run.asked_for():
            tops = [one.path for one in self._roots.all() if root in {None, one.path}]
            return self._runs.of_trees(tops, report, control or Control())

    def rescan(
        self,
        places: Places,
        *,
        control: Control,
        report: Report = unreported,
        begun: Callable[[Sequence[str]], None] = lambda _paths: None,
    ) -> Rescanned:
        """Take in what changed at `places`, as far as roots hold them. `begun` hears which files will be read.

        It gives way to `add` and `refresh`: then, and once cancelled, it raises Interrupted and may be asked again.
        """
        with self._one_run.by_itself(control):
            return self._runs.of_places(places, report, control, begun)

    def standings(self) -> list[RootStanding]:
        """How current each root is, told without reading or writing anything."""
        roots = self._roots.all()
        return standings(roots, self._runs.due([root.path for root in roots]), unwatched="closed")

    def watched(self) -> tuple[list[str], list[str], dict[str, str]]:
        """The roots, what their owner took out of them, and the patterns of those that have any."""
        return [root.path for root in self._roots.all()], sorted(self._roots.excluded()), self._roots.patterns()

    def on_roots_changed(self, callback: Callable[[], None]) -> None:
        """Call `callback`, on whatever thread, each time folders or files may have been added or taken out."""
        self._roots_changed.append(callback)

    def plan(
        self,
        paths: Sequence[Path],
        *,
        patterns: str | None = None,
        report: Report = unreported,
        control: Control | None = None,
    ) -> IndexPlan:
        """What `add` would do, told from names and sizes alone. `report` counts the files found so far.

        Raises Interrupted when cancelled, and InputRefused("pattern_invalid").
        """
        tops = _tops(paths)
        left_out = self._roots.left_out([shown(top) for top in tops], None if patterns is None else checked(patterns))
        bounds = Bounds(self._text_limit, self._roots.excluded(), left_out)
        survey = survey_trees(self._database, tops, bounds, control or Control(), report)
        changes = compare(survey.found, survey.known, self._index.outdated(), device_at())
        cost = estimate(self._database, changes.read, read_pictures=self._read_pictures())
        return plan(survey.found, survey.known, changes, cost)

    def roots(self) -> list[Root]:
        return self._roots.all()

    def let_teach(self, path: Path, wanted: bool) -> None:
        """Say of a root, or keep any folder or file under one from it, whether what draws on it may be learned from.

        Raises InputRefused("root_absent") where no root is, or none to keep anything of.
        """
        [top] = _tops([path])
        if not self._roots.let_teach(shown(top), wanted):
            raise InputRefused("root_absent", path=shown(top))

    def may_teach(self, chunk_ids: Sequence[str]) -> bool:
        """Whether what draws on these passages may be learned from: none stands under a root that must not teach."""
        return self._roots.may_teach(chunk_ids)

    def chunks_under(self, path: Path) -> frozenset[str]:
        """Ids of the passages of a file, or of all files in a folder; also of those cited and since changed.

        Raises InputRefused("root_absent") where the library holds nothing.
        """
        [top] = _tops([path])
        if not records(self._database, shown(top)):
            raise InputRefused("root_absent", path=shown(top))
        return passages.chunks_under(self._database, shown(top))

    def files(self, root: str | None = None) -> list[FileReport]:
        """Every known file, or those at or under `root`, by path."""
        return [record.report() for record in records(self._database, None if root is None else shown(root))]

    def remove(self, path: Path) -> int:
        """Forget a root, a folder or a file: its text goes everywhere, and it is not read again until added again.

        Returns how many documents that were. Raises InputRefused("root_absent") where the library holds nothing.
        """
        top = shown(*_tops([path]))
        if not records(self._database, top) and not self._roots.has(top):
            raise InputRefused("root_absent", path=top)
        return self._database.freeing(lambda: self._remove(top))

    def _follow(self, moves: Mapping[str, str]) -> None:
        """What was said of files and folders goes where their documents went (old: new)."""
        self._roots.follow(moves)
        self.collections.follow(moves)

    def _remove(self, top: str) -> int:
        self._roots.remove(top)
        self._tell_roots_changed()
        removed = self._index.delete([record.id for record in records(self._database, top)])
        self._database.checkpoint()
        self.collections.leave(top)
        return removed

    def search(self, query: str, k: int = 10, scope: Scope = _EVERYTHING) -> list[Passage]:
        """The best `k` passages in `scope`, best first, scores in [0, 1]; none for an empty question."""
        return self._search.passages(query, k, self._within(scope))

    def ranked(
        self, query: str, rankings: Sequence[Ranking], floor: float, scope: Scope = _EVERYTHING
    ) -> list[list[Passage]]:
        """The passages in `scope` each ranking would show, of those that score at least `floor` as `search` scores
        them."""
        return self._search.ranked(query, rankings, floor, self._within(scope))

    def near(self, query: str, words: str, floor: float, scope: Scope = _EVERYTHING) -> list[list[Passage]]:
        """All passages in `scope` that score at least `floor` by the meaning of the query and by these words, a list a
        document, both best first."""
        return self._search.near(query, words, floor, self._within(scope))

    def scope_parts(self, scope: Scope) -> list[ScopePart]:
        """The limits of a scope and what they are called."""
        return list(parts(scope, self.collections.names()))

    def types(self) -> dict[str, int]:
        """The types of the documents with text, as a scope names them, and how many there are of each; the most
        frequent first."""
        return types_in(self._database)

    def passage(self, chunk_id: str) -> Passage | None:
        """A passage by its id; None once its file was removed, or changed without having been cited."""
        return passages.passage(self._database, chunk_id)

    def source(self, chunk_id: str) -> Source | None:
        """What stands behind a citation now; None where `passage` is. Looks at the file, and reads it where its time or
        name says that it may have changed."""
        return source(self._database, chunk_id, text_limit=self._text_limit)

    def standing(self, document_id: str) -> Standing:
        """Whether the file of a document is still what was read of it."""
        return standing(self._database, document_id, text_limit=self._text_limit)

    def cite(self, chunk_ids: Sequence[str]) -> None:
        """Keep these passages readable even when their files change."""
        self._index.cite(chunk_ids)

    def text(self, document_id: str) -> DocumentText | None:
        """The extracted text of a document, as last read."""
        return passages.document_text(self._database, document_id)

    def counts(self, scope: Scope = _EVERYTHING) -> tuple[int, int]:
        """Documents with text in `scope`, and their chunks."""
        if (within := self._within(scope)) is not None:
            return len(within), len(self._vectors.of_documents(within))
        row = self._database.one(
            "SELECT (SELECT count(*) FROM documents WHERE state = 'indexed'), (SELECT count(*) FROM chunks)"
        )
        assert row is not None
        return int(row[0]), int(row[1])

    def _within(self, scope: Scope) -> Ids | None:
        """Rows of the documents in `scope`; None where that is all."""
        if not scope:
            return None
        return documents_in(self._database, scope, self.collections.places(scope.collections))

    def _tell_roots_changed(self) -> None:
        for callback in self._roots_changed:
            callback()


def _tops(paths: Sequence[Path]) -> list[str]:
    """Absolute, each once; links stay as the owner wrote them."""
    return list(dict.fromkeys(os.path.abspath(path) for path in paths))  # noqa: PTH100 - resolve() follows links
