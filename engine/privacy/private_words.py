"""Words the owner never wants learned: masked wherever they stand, whether or not names are looked for."""

import re
from collections.abc import Iterator

from engine.clock import Clock
from engine.errors import InputRefused
from engine.privacy.redact import Recogniser
from engine.privacy.spans import Span
from engine.store.database import Database

_LONGEST = 100


class PrivateWords:
    """The owner's list, in the encrypted database. Upper and lower case are one, and so are spaces and line ends."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> list[str]:
        """As they were written, in order of the alphabet."""
        return [str(word) for (word,) in self._database.read("SELECT word FROM private_words ORDER BY folded")]

    def add(self, word: str) -> None:
        """Keep a word or phrase; one that is there already stays. Raises InputRefused("private_word_unfit")."""
        word = " ".join(word.split())
        if sum(map(str.isalnum, word)) < 2 or len(word) > _LONGEST or re.search("[«»]", word):
            raise InputRefused("private_word_unfit", word=word[:_LONGEST])
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO private_words (folded, word, created_ms) VALUES (?, ?, ?)",
                (word.casefold(), word, self._clock()),
            )

    def remove(self, word: str) -> None:
        """Raises InputRefused("private_word_absent")."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM private_words WHERE folded = ?", (" ".join(word.split()).casefold(),))
            if not connection.changes():
                raise InputRefused("private_word_absent", word=word[:_LONGEST])

    def recogniser(self) -> Recogniser:
        """Finds them as whole words, with or without an s that is added to them; before an apostrophe too."""
        words = sorted(self.all(), key=len, reverse=True)  # of two that begin alike the longer
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(_form, words))})(?!\w)", re.IGNORECASE) if words else None

        def find(text: str) -> Iterator[Span]:
            for match in pattern.finditer(text) if pattern is not None else ():
                yield Span(match.start(), match.end(), "private")

        return find


def _form(word: str) -> str:
    form = r"\s+".join(map(re.escape, word.split()))
    return f"{form}s?" if word[-1].isalpha() else form
