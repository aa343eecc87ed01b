"""What the owner told the assistant: preferences beside every question, past corrections beside one that is alike."""

from collections.abc import Collection, Sequence

import apsw
import msgspec
import numpy as np
import numpy.typing as npt

from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.library.embed import Embedder
from engine.library.hidden_text import visible
from engine.memory.values import Entry, EntryKind, Recalled
from engine.store.database import Database

# Cosine of two questions, all-MiniLM-L6-v2, measured by tests/benchmarks/memory_threshold.py. Of 52 questions asked
# again in other words 96 % lie above .70, of 690,000 pairs about different subjects fewer than one in 100,000; with 100
# corrections stored, .1 % of unrelated questions would recall one. At .60 no more of the rephrased are recalled but
# .5 % of the unrelated, and twice as many (34 % for 18 %) of the *other* questions about the same paragraph, whose
# answers would be wrong here.
ALIKE = 0.70
MOST_RECALLED = 3
LONGEST_PREFERENCE = 1000

_ENTRIES = (
    "SELECT id, kind, text, question, feedback_id, created_ms, edited_ms FROM memory_entry ORDER BY created_ms, id"
)


class Memory:
    """The owner's entries in owner.db. Thread-safe."""

    def __init__(self, database: Database, embedder: Embedder, clock: Clock) -> None:
        self._database = database
        self._embedder = embedder
        self._clock = clock

    def prefer(self, text: str) -> Entry:
        """Keep a stated preference. One that is already kept is returned as it stands. Raises InputRefused."""
        text = _preference(text)
        for entry in self.preferences():
            if _folded(entry.text) == _folded(text):
                return entry
        entry = Entry(id=new_id(), kind=EntryKind.PREFERENCE, text=text, created_ms=self._clock())
        with self._database.write() as connection:
            _insert(connection, entry)
        return entry

    def remember_correction(self, question: str, answer: str, feedback_id: str | None) -> Entry:
        """Keep the owner's answer to `question`, in place of an older one to the very same question."""
        entry = Entry(
            id=new_id(),
            kind=EntryKind.CORRECTION,
            text=_filled(answer),
            question=_filled(question),
            feedback_id=feedback_id,
            created_ms=self._clock(),
        )
        vector = self._vector(entry.question)
        older = [old.id for old in self._of(EntryKind.CORRECTION) if _folded(old.question) == _folded(entry.question)]
        with self._database.write() as connection:
            _delete(connection, older)
            _insert(connection, entry)
            self._keep_vector(connection, entry.id, vector)
        return entry

    def entries(self) -> list[Entry]:
        """Everything kept, newest first."""
        return self._all()[::-1]

    def preferences(self) -> list[Entry]:
        """The stated preferences, oldest first."""
        return self._of(EntryKind.PREFERENCE)

    def find(self, entry_id: str) -> Entry | None:
        """The entry, or None once it was deleted."""
        return next((entry for entry in self._all() if entry.id == entry_id), None)

    def edit(self, entry_id: str, text: str, *, question: str | None = None) -> Entry:
        """Change an entry's text, and a correction's question; a changed question is embedded again."""
        entry = self._known(entry_id)
        if entry.kind is EntryKind.PREFERENCE:
            edited = msgspec.structs.replace(entry, text=_preference(text), edited_ms=self._clock())
        else:
            asked = entry.question if question is None else _filled(question)
            edited = msgspec.structs.replace(entry, text=_filled(text), question=asked, edited_ms=self._clock())
        vector = self._vector(edited.question) if edited.question != entry.question else None
        with self._database.write() as connection:
            connection.execute(
                "UPDATE memory_entry SET text = ?, question = ?, edited_ms = ? WHERE id = ?",
                (edited.text, edited.question, edited.edited_ms, entry_id),
            )
            if vector is not None:
                connection.execute("DELETE FROM memory_vector WHERE entry_id = ?", (entry_id,))
                self._keep_vector(connection, entry_id, vector)
        return edited

    def delete(self, entry_id: str) -> Entry:
        """Delete an entry for good. What is returned can be given to `restore`."""
        entry = self._known(entry_id)
        self._database.freeing(lambda: self._delete([entry_id]))
        return entry

    def restore(self, entry: Entry) -> None:
        """Undo `delete`. Does nothing for an entry that is there."""
        if self.find(entry.id) is None:
            with self._database.write() as connection:
                _insert(connection, entry)

    def of_feedback(self, feedback_ids: Collection[str]) -> list[Entry]:
        """What came from these pieces of feedback."""
        return [entry for entry in self._all() if entry.feedback_id in feedback_ids]

    def forget_feedback(self, connection: apsw.Connection, feedback_ids: Sequence[str]) -> None:
        """Delete what came from these pieces of feedback, in the caller's transaction on the owner's database."""
        ids = [(feedback_id,) for feedback_id in feedback_ids]
        connection.executemany(
            "DELETE FROM memory_vector WHERE entry_id IN (SELECT id FROM memory_entry WHERE feedback_id = ?)", ids
        )
        connection.executemany("DELETE FROM memory_entry WHERE feedback_id = ?", ids)

    def recall(self, question: str) -> list[Recalled]:
        """The past corrections whose question is alike (cosine ≥ ALIKE), most alike first, at most MOST_RECALLED."""
        corrections = self._of(EntryKind.CORRECTION)
        if not corrections or not question.strip():
            return []
        similarities = self._vectors(corrections) @ self._vector(question)
        alike = (Recalled(entry, float(value)) for entry, value in zip(corrections, similarities, strict=True))
        return sorted((one for one in alike if one.similarity >= ALIKE), key=lambda one: -one.similarity)[
            :MOST_RECALLED
        ]

    def _all(self) -> list[Entry]:
        names = Entry.__struct_fields__
        return [msgspec.convert(dict(zip(names, row, strict=True)), Entry) for row in self._database.read(_ENTRIES)]

    def _delete(self, entry_ids: list[str]) -> None:
        with self._database.write() as connection:
            _delete(connection, entry_ids)

    def _of(self, kind: EntryKind) -> list[Entry]:
        return [entry for entry in self._all() if entry.kind is kind]

    def _known(self, entry_id: str) -> Entry:
        entry = self.find(entry_id)
        if entry is None:
            raise InputRefused("memory_absent", entry=entry_id)
        return entry

    def _vector(self, question: str) -> npt.NDArray[np.float32]:
        return np.asarray(self._embedder.questions([question])[0], dtype=np.float32)

    def _vectors(self, entries: Sequence[Entry]) -> npt.NDArray[np.float32]:
        """A row an entry. Those this embedder has not seen (it changed, or an entry was restored) are embedded now."""
        rows = self._database.read("SELECT entry_id, vector FROM memory_vector WHERE embedder = ?", self._embedder.name)
        kept = {entry_id: np.frombuffer(vector, dtype="<f4") for entry_id, vector in rows}
        missing = [entry for entry in entries if entry.id not in kept]
        if missing:
            made = self._embedder.questions([entry.question for entry in missing])
            kept |= {entry.id: vector for entry, vector in zip(missing, made, strict=True)}
            with self._database.write() as connection:
                for entry, vector in zip(missing, made, strict=True):
                    self._keep_vector(connection, entry.id, vector)
        return np.stack([kept[entry.id] for entry in entries])

    def _keep_vector(self, connection: apsw.Connection, entry_id: str, vector: npt.NDArray[np.float32]) -> None:
        """Does nothing for an entry that was deleted meanwhile."""
        connection.execute(
            "INSERT OR REPLACE INTO memory_vector (entry_id, embedder, vector) "
            "SELECT id, ?, ? FROM memory_entry WHERE id = ?",
            (self._embedder.name, np.asarray(vector, dtype="<f4").tobytes(), entry_id),
        )


def _insert(connection: apsw.Connection, entry: Entry) -> None:
    connection.execute(
        "INSERT INTO memory_entry (id, kind, text, question, feedback_id, created_ms, edited_ms) "
        "VALUES (:id, :kind, :text, :question, :feedback_id, :created_ms, :edited_ms)",
        msgspec.to_builtins(entry),
    )


def _delete(connection: apsw.Connection, entry_ids: Sequence[str]) -> None:
    for entry_id in entry_ids:
        connection.execute("DELETE FROM memory_vector WHERE entry_id = ?", (entry_id,))
        connection.execute("DELETE FROM memory_entry WHERE id = ?", (entry_id,))


def _filled(text: str) -> str:
    text = visible(text).strip()
    if not text:
        raise InputRefused("memory_empty")
    return text


def _preference(text: str) -> str:
    text = _filled(text)
    if len(text) > LONGEST_PREFERENCE:
        raise InputRefused("preference_too_long", characters=len(text), limit=LONGEST_PREFERENCE)
    return text


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
