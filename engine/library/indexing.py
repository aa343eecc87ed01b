"""One run of indexing: new and changed files are parsed and cut, embedded a few at once, and each is written whole."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from engine.library.changes import UNREACHABLE, Changes, SameContent
from engine.library.chunk import Chunk, cut
from engine.library.embed import Embedder, Vectors
from engine.library.index import Index, Prepared
from engine.library.loaders.contract import Refused
from engine.library.opened import Opened, open_found
from engine.library.parse import BATCH, ParseBatch
from engine.library.progress import Meter
from engine.library.rows import embedded_text
from engine.library.values import FileState, Rescanned
from engine.library.walk import Found
from engine.progress import Control

TOGETHER = 16  # chunks of small files that are embedded at once, to keep every core busy; a kill redoes them
_EMBEDDED_AT_ONCE = 256  # chunks of a large file between two looks at progress


class _Cut(Struct, frozen=True):
    """A file that was read and cut, and waits to be embedded."""

    found: Found
    sha256: bytes | None
    chunks: list[Chunk]
    reason: str


class Indexing:
    """The steps of a run. Ended anywhere, it leaves every file whole: as it was or as it is.

    Small files are embedded together (one of three chunks would leave a core idle for a third of the time) and so are
    written together; what a kill costs is one large file or TOGETHER chunks.
    """

    def __init__(self, index: Index, embedder: Embedder, *, text_limit: int, read_pictures: Callable[[], bool]) -> None:
        self._index = index
        self._embedder = embedder
        self._text_limit = text_limit
        self._read_pictures = read_pictures

    def run(self, changes: Changes, same: SameContent, meter: Meter, control: Control) -> Rescanned:
        """Carry `changes` out. Raises Interrupted between files."""
        for file in changes.settle:
            self._index.settle(file, file.state, file.reason)
        for record, file in changes.moved:
            self._index.move(record, file)
        away = self._index.mark_away(changes.away)
        back = self._index.mark_back(changes.back)
        waiting: list[_Cut] = []
        for batch in self._batches(changes.read):
            for file, opened in batch.files:
                meter.checkpoint(control)
                meter.begin(file.path)
                if (cut_file := self._cut(file, opened, batch.parser, same, meter=meter, control=control)) is None:
                    meter.end([file.size])
                    continue
                waiting.append(cut_file)
                if sum(len(one.chunks) for one in waiting) >= TOGETHER:
                    self._write(waiting, meter, control)
                    waiting = []
        self._write(waiting, meter, control)
        removed = self._index.delete(same.left())
        return Rescanned(len(changes.read), removed, away, back, len(changes.moved), len(changes.settle))

    def _cut(
        self,
        found: Found,
        opened: Opened | Refused,
        parser: ParseBatch,
        same: SameContent,
        *,
        meter: Meter,
        control: Control,
    ) -> _Cut | None:
        """The file's chunks; None where there is nothing to embed, and what there is to say of it is written."""
        sha256 = None
        try:
            if isinstance(opened, Refused):
                raise opened
            found, sha256 = opened.found, opened.sha256()
            if (record := same.of(found, sha256)) is not None:
                self._index.move(record, found)
                return None
            text = parser.parse(opened.descriptor, found.suffix, control, _told(meter, found, control))
            chunks = cut(text, self._embedder.lengths)
            if opened.changed():
                sha256 = None  # it was written to meanwhile: what was read may be neither version, and is read again
            if not chunks:
                raise Refused(FileState.NO_TEXT, "no_words")  # noqa: TRY301 - one place decides what a refusal leaves
        except Refused as refused:
            if refused.reason in UNREACHABLE and (record := same.text_of(found.path)) is not None:
                why = "absent" if refused.reason == "missing" else refused.reason
                self._index.mark_away([(record, why)])
            else:
                self._index.settle(found, refused.state, refused.reason, sha256)
            return None
        return _Cut(found, sha256, chunks, text.note)

    def _write(self, files: Sequence[_Cut], meter: Meter, control: Control) -> None:
        """Embed these files' chunks and write each file."""
        sizes = [file.found.size for file in files]
        vectors = self._vectors([chunk for file in files for chunk in file.chunks], sizes, meter, control)
        for file in files:
            own, vectors = vectors[: len(file.chunks)], vectors[len(file.chunks) :]
            self._index.write(Prepared(file.found, file.sha256, file.chunks, own, file.reason))
        meter.end(sizes)

    def _vectors(self, chunks: Sequence[Chunk], sizes: Sequence[int], meter: Meter, control: Control) -> Vectors:
        """A vector a chunk; texts that were embedded before are not embedded again."""
        texts = [embedded_text(chunk) for chunk in chunks]
        known = {text: np.frombuffer(row, np.float32) for text, row in self._index.known_vectors(texts).items()}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for first in range(0, len(missing), _EMBEDDED_AT_ONCE):
            some = missing[first : first + _EMBEDDED_AT_ONCE]
            known.update(zip(some, self._embedder.passages(some, control), strict=True))
            meter.part((first + len(some)) / len(missing), sizes)
        return np.array([known[text] for text in texts], np.float32)

    def _batches(self, files: Sequence[Found]) -> Iterator["_Batch"]:
        """Files in batches, each opened and its worker started while the one before it is at work."""
        slices = [files[first : first + BATCH] for first in range(0, len(files), BATCH)]
        open_now: list[_Batch] = []
        try:
            for number in range(len(slices)):
                open_now.extend(
                    _Batch(some, self._text_limit, read_pictures=self._read_pictures())
                    for some in slices[number + len(open_now) : number + 2]
                )
                yield open_now[0]
                open_now.pop(0).close()
        finally:
            for batch in open_now:
                batch.close()


def _told(meter: Meter, file: Found, control: Control) -> Callable[[float], None]:
    """Between the pictures of a document: show how far it is, and wait or end as `control` says."""

    def between(share: float) -> None:
        meter.checkpoint(control)
        meter.part(share, [file.size])

    return between


class _Batch:
    """Some files, open, and the worker that may read them and nothing else."""

    def __init__(self, files: Sequence[Found], text_limit: int, *, read_pictures: bool) -> None:
        self.files = [(file, _opened(file, text_limit)) for file in files]
        descriptors = [opened.descriptor for _, opened in self.files if isinstance(opened, Opened)]
        self.parser = ParseBatch(descriptors, text_limit=text_limit, read_pictures=read_pictures)
        if descriptors:
            self.parser.start()

    def close(self) -> None:
        self.parser.close()
        for _, opened in self.files:
            if isinstance(opened, Opened):
                opened.close()


def _opened(file: Found, text_limit: int) -> Opened | Refused:
    try:
        return open_found(file, text_limit=text_limit)
    except Refused as refused:
        return refused
