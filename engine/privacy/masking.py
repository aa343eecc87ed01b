"""Masking of many texts at once: what is certain, private words, and names where their owner wants that."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import apsw
import msgspec

from engine.privacy.names import NameFinder
from engine.privacy.private_words import PrivateWords
from engine.privacy.redact import Recogniser, Redacted, beside_masks, mask, redact
from engine.privacy.spans import Span
from engine.store.database import Database

Mask = Callable[[Sequence[str]], list[Redacted]]

Found = dict[str, list[Span]]


def without_names(texts: Sequence[str]) -> list[Redacted]:
    return [redact(text) for text in texts]


class Masking:
    """Masks what `redact` masks, the owner's private words and, where that is wanted, names: again and again until none
    finds more.

    A tagger takes milliseconds for a sentence, and all that may be learned is looked at whenever something is learned:
    so places are kept by the hash of their text, in the encrypted database, for as long as the text is asked for.
    What `finder` raises is raised here: rather than learn from what was to be masked, nothing is learned. Thread-safe.
    """

    def __init__(
        self, database: Database, words: PrivateWords, finder: NameFinder, *, names_wanted: Callable[[], bool]
    ) -> None:
        self._database = database
        self._words = words
        self._finder = finder
        self._names_wanted = names_wanted
        self._order = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> list[Redacted]:
        """Each of `texts` as it may be learned, in order; what was remembered of any other is dropped."""
        private = self._words.recogniser()
        masked = {text: _certainly(Redacted(text, {}), (), private) for text in texts}
        if self._names_wanted():
            self._mask_names(masked, private)
        return [masked[text] for text in texts]

    def forget(self, connection: apsw.Connection) -> None:
        """Drop what is remembered, in the transaction that erases the texts."""
        connection.execute("DELETE FROM found_names")

    def _mask_names(self, masked: dict[str, Redacted], private: Recogniser) -> None:
        with self._order:
            name = self._finder.name
            remembered = self._remembered(name)
            used: Found = {}
            unread = list(masked)
            while unread:
                used |= _looked_at({masked[text].text for text in unread}, remembered, self._finder)
                unread = [text for text in unread if used[_digest(masked[text].text)]]
                for text in unread:
                    masked[text] = _certainly(masked[text], used[_digest(masked[text].text)], private)
            self._remember(name, remembered, used)

    def _remembered(self, finder: str) -> Found:
        rows = self._database.read("SELECT sha256, spans FROM found_names WHERE finder = ?", finder)
        return {sha256: msgspec.json.decode(spans, type=list[Span]) for sha256, spans in rows}

    def _remember(self, finder: str, before: Found, now: Found) -> None:
        if before.keys() == now.keys():
            return
        with self._database.write() as connection:
            connection.execute("DELETE FROM found_names WHERE finder <> ?", (finder,))
            connection.executemany("DELETE FROM found_names WHERE sha256 = ?", [(one,) for one in before.keys() - now])
            connection.executemany(
                "INSERT OR REPLACE INTO found_names (sha256, finder, spans) VALUES (?, ?, ?)",
                [(one, finder, msgspec.json.encode(now[one]).decode()) for one in now.keys() - before],
            )


def _looked_at(texts: Iterable[str], remembered: Found, finder: NameFinder) -> Found:
    """What stands in each of `texts`, by its hash."""
    by_digest = {_digest(text): text for text in texts}
    new = [digest for digest in by_digest if digest not in remembered]
    found = {digest: remembered[digest] for digest in by_digest if digest in remembered}
    if new:
        texts = [by_digest[digest] for digest in new]
        seen = [beside_masks(text, spans) for text, spans in zip(texts, finder.find(texts), strict=True)]
        found |= dict(zip(new, seen, strict=True))
    return found


def _certainly(before: Redacted, spans: Sequence[Span], private: Recogniser) -> Redacted:
    """`before` with `spans` masked, and then what `redact` and `private` find, until they find no more."""
    counted = Counter(before.masked)
    text = before.text
    while True:
        after = redact(mask(text, spans))
        counted += Counter(span.kind for span in spans) + Counter(after.masked)
        text = after.text
        spans = beside_masks(text, list(private(text)))
        if not spans:
            return Redacted(text, dict(counted))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
