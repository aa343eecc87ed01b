"""One run of indexing: each new or changed file is parsed, cut, embedded and written on its own."""

from collections.abc import Iterator, Sequence

import numpy as np

from engine.library.changes import Changes, SameContent
from engine.library.chunk import Chunk, cut
from engine.library.embed import Embedder, Vectors
from engine.library.index import Index, Prepared
from engine.library.loaders.contract import Refused
from engine.library.opened import Opened, open_found
from engine.library.parse import BATCH, ParseBatch
from engine.library.progress import Meter
from engine.library.rows import embedded_text
from engine.library.values import FileState
from engine.library.walk import Found
from engine.progress import Control

_EMBEDDED_AT_ONCE = 256  # chunks between two looks at progress


class Indexing:
    """The steps of a run. Ended anywhere, it leaves every file whole: as it was or as it is."""

    def __init__(self, index: Index, embedder: Embedder, *, text_limit: int) -> None:
        self._index = index
        self._embedder = embedder
        self._text_limit = text_limit

    def run(self, changes: Changes, same: SameContent, meter: Meter, control: Control) -> int:
        """Carry `changes` out. Returns how many documents were removed. Raises Interrupted between files."""
        for file in changes.settle:
            self._index.settle(file, file.state, file.reason)
        for record, file in changes.moved:
            self._index.move(record, file)
        for batch in self._batches(changes.read):
            for file, opened in batch.files:
                meter.checkpoint(control)
                meter.begin(file.path, file.size)
                if isinstance(opened, Refused):
                    self._index.settle(file, opened.state, opened.reason)
                else:
                    self._one(opened, batch.parser, same, meter, control)
                meter.end()
        return self._index.delete(same.left())

    def _one(self, opened: Opened, parser: ParseBatch, same: SameContent, meter: Meter, control: Control) -> None:
        found, sha256 = opened.found, None
        try:
            sha256 = opened.sha256()
            if (record := same.of(found, sha256)) is not None:
                self._index.move(record, found)
                return
            chunks = cut(parser.parse(opened.descriptor, found.suffix, control), self._embedder.lengths)
            if not chunks:
                raise Refused(FileState.NO_TEXT, "no_words")  # noqa: TRY301 - one place decides what a refusal leaves
        except Refused as refused:
            self._index.settle(found, refused.state, refused.reason, sha256)
            return
        self._index.write(Prepared(found, sha256, chunks, self._vectors(chunks, meter, control)))

    def _vectors(self, chunks: Sequence[Chunk], meter: Meter, control: Control) -> Vectors:
        """A vector a chunk; texts that were embedded before are not embedded again."""
        texts = [embedded_text(chunk) for chunk in chunks]
        known = {text: np.frombuffer(row, np.float32) for text, row in self._index.known_vectors(texts).items()}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for first in range(0, len(missing), _EMBEDDED_AT_ONCE):
            some = missing[first : first + _EMBEDDED_AT_ONCE]
            known.update(zip(some, self._embedder.passages(some, control), strict=True))
            meter.part((first + len(some)) / len(missing))
        return np.stack([known[text] for text in texts])

    def _batches(self, files: Sequence[Found]) -> Iterator["_Batch"]:
        """Files in batches, each opened and its worker started while the one before it is at work."""
        slices = [files[first : first + BATCH] for first in range(0, len(files), BATCH)]
        open_now: list[_Batch] = []
        try:
            for number in range(len(slices)):
                open_now.extend(_Batch(some, self._text_limit) for some in slices[number + len(open_now) : number + 2])
                yield open_now[0]
                open_now.pop(0).close()
        finally:
            for batch in open_now:
                batch.close()


class _Batch:
    """Some files, open, and the worker that may read them and nothing else."""

    def __init__(self, files: Sequence[Found], text_limit: int) -> None:
        self.files = [(file, _opened(file, text_limit)) for file in files]
        descriptors = [opened.descriptor for _, opened in self.files if isinstance(opened, Opened)]
        self.parser = ParseBatch(descriptors, text_limit=text_limit)
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
