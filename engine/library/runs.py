"""Runs of indexing: a look at places, and what it found carried out. The caller sees that there is one at a time."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from engine.library.changes import Changes, SameContent, compare, device_at
from engine.library.estimate import note_pace
from engine.library.index import Index
from engine.library.indexing import Indexing
from engine.library.plan import report_of
from engine.library.progress import Meter
from engine.library.records import Record, records
from engine.library.roots import Roots
from engine.library.rows import as_json
from engine.library.survey import Bounds, Places, Survey, survey_places, survey_trees
from engine.library.values import IndexReport, Rescanned
from engine.library.walk import shown
from engine.progress import Control, Report
from engine.store.database import Database

_SEEN = frozenset({"ocr", "ocr_part", "ocr_failed", "scanned"})  # how files end whose pictures were looked at


class Runs:
    """`read_pictures` says whether words in pictures are wanted, each time; `moved` hears the paths of documents that
    were found at others (old: new)."""

    def __init__(
        self,
        database: Database,
        roots: Roots,
        index: Index,
        indexing: Indexing,
        *,
        text_limit: int,
        read_pictures: Callable[[], bool],
        moved: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._database = database
        self._roots = roots
        self._index = index
        self._indexing = indexing
        self._text_limit = text_limit
        self._read_pictures = read_pictures
        self._moved = moved

    def of_trees(
        self, tops: Sequence[str], report: Report, control: Control, named: Collection[str] = ()
    ) -> IndexReport:
        """Whole trees, file by file. `named` are files and folders that were asked for by name."""
        began = time.monotonic()
        survey = survey_trees(self._database, tops, self._bounds(), control)
        read: list[str] = []
        done, seconds = self._carry_out(survey, report, control, read.extend, named)
        after = {record.path: record.report() for top in tops for record in records(self._database, shown(top))}
        fresh = [after[path] for path in read if path in after]
        if not any(file.reason in _SEEN for file in fresh):  # looking at pictures says nothing of the pace of text
            note_pace(self._database, sum(file.chunks for file in fresh), seconds)
        files = [after.get(file.path) or report_of(file) for file in survey.found]
        return IndexReport(
            files=files,
            chunks=sum(file.chunks for file in files),
            seconds=time.monotonic() - began,
            fresh=done.fresh,
            removed=done.removed,
        )

    def of_places(
        self, places: Places, report: Report, control: Control, begun: Callable[[Sequence[str]], None]
    ) -> Rescanned:
        """What changed at `places`, as far as roots hold them. `begun` hears which files will be read."""
        roots = [root.path for root in self._roots.all()]
        survey = survey_places(self._database, places, roots, self._bounds(), control)
        return self._carry_out(survey, report, control, begun)[0]

    def due(self, tops: Sequence[str]) -> Changes:
        """What a run of these trees would carry out."""
        survey = survey_trees(self._database, tops, self._bounds(), Control())
        return compare(survey.found, survey.known, self._to_be_read(survey.known), device_at())

    def _carry_out(
        self,
        survey: Survey,
        report: Report,
        control: Control,
        begun: Callable[[Sequence[str]], None],
        named: Collection[str] = (),
    ) -> tuple[Rescanned, float]:
        """What was done, and the seconds at work."""
        outdated = self._to_be_read(survey.known, named)
        changes = compare(survey.found, survey.known, outdated, device_at())
        begun([file.path for file in changes.read])
        same = SameContent(changes, survey.known, outdated)
        meter = Meter([file.size for file in changes.read], report)
        try:
            done = self._indexing.run(changes, same, meter, control)
        finally:  # cancelled too: what moved by then is not seen to move again
            self._moved(self._moves([*(record for record, _ in changes.moved), *changes.gone]))
        if done.removed:
            self._database.checkpoint()
        return done, meter.seconds

    def _moves(self, records: Sequence[Record]) -> dict[str, str]:
        """Which of these documents are at another path now, by the path they were at."""
        if not records:
            return {}
        now = dict(
            self._database.read(
                "SELECT id, path FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                as_json(record.id for record in records),
            )
        )
        return {record.path: now[record.id] for record in records if now.get(record.id, record.path) != record.path}

    def _to_be_read(self, known: Sequence[Record], named: Collection[str] = ()) -> set[int]:
        """Documents that are read again though their files did not change."""
        again = {record.id for record in known if record.quarantined and record.path in named}
        if self._read_pictures():
            again |= {record.id for record in known if record.has_unwanted_pictures}
        return self._index.outdated() | again

    def _bounds(self) -> Bounds:
        return Bounds(self._text_limit, self._roots.excluded(), self._roots.left_out())
