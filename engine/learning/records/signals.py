"""Signs of how an answer was taken, apart from what was said of it: counted, and never learned from."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import apsw
import msgspec

from engine.learning.values import Feedback, Signals
from engine.store.database import Database

_FIELDS = (
    "id", "kind", "turn_id", "thread_id", "model_sha256", "adapter_id", "route", "source", "consent_version",
    "created_ms",
)  # fmt: skip
_COLUMNS = ", ".join(_FIELDS)


class Given(NamedTuple):
    """An answer as it stands in its conversation, the adapter that gave it (None: the base model), and its question."""

    turn_id: str
    thread_id: str
    adapter_id: str | None
    at_ms: int
    question: str = ""


class SignalLog:
    """Rows of the kinds in SIGNALS: one of a kind on an answer. They name it, and hold no words of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, connection: apsw.Connection, row: Feedback) -> bool:
        """Keep `row`, unless one like it is kept."""
        values = {field: getattr(row, field) for field in _FIELDS}
        values["route"] = None if row.route is None else msgspec.json.encode(row.route).decode()
        places = ", ".join("?" * len(_FIELDS))
        statement = f"INSERT INTO signals ({_COLUMNS}) VALUES ({places}) ON CONFLICT (turn_id, kind, source) DO NOTHING"  # noqa: S608 -- names of columns
        connection.execute(statement, tuple(values.values()))
        return bool(connection.changes())

    def holds(self, turn_id: str, kind: str) -> bool:
        """Whether such a sign of an answer of the chat is kept."""
        found = "SELECT 1 FROM signals WHERE turn_id = ? AND kind = ? AND source = 'chat'"
        return self._database.one(found, turn_id, kind) is not None

    def all(self) -> list[Feedback]:
        """Every row, oldest first."""
        return self._select("1")

    def find(
        self, *, feedback_id: str | None = None, turn_id: str | None = None, thread_id: str | None = None
    ) -> list[Feedback]:
        """Rows of the one named thing, oldest first."""
        return self._select("id = ? OR turn_id = ? OR thread_id = ?", feedback_id, turn_id, thread_id)

    def times(self) -> list[tuple[str, int]]:
        """Ids with their times, newest first."""
        return [
            (row_id, at_ms)
            for row_id, at_ms in self._database.read(
                "SELECT id, created_ms FROM signals ORDER BY created_ms DESC, id DESC"
            )
        ]

    def delete(self, connection: apsw.Connection, ids: Sequence[str]) -> None:
        connection.executemany("DELETE FROM signals WHERE id = ?", [(row_id,) for row_id in ids])

    def _select(self, condition: str, *values: str | None) -> list[Feedback]:
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM signals WHERE {condition} ORDER BY created_ms, id",  # noqa: S608 -- our own conditions
            *values,
        )
        return [_signal(dict(zip(_FIELDS, row, strict=True))) for row in rows]


def counted(rows: Iterable[Feedback], answers: Iterable[Given], judged: Collection[str]) -> list[Signals]:
    """By what gave the answers, the base model first: of those nobody judged, on how many each sign was seen.

    What was said outweighs a sign, so a judged answer is not counted at all. Imported rows, and those whose answer is
    not among `answers`, are of no answer here.
    """
    adapter_of = {one.turn_id: one.adapter_id for one in answers if one.turn_id not in judged}
    totals = Counter(adapter_of.values())
    seen = Counter(
        (adapter_of[row.turn_id], row.kind) for row in rows if row.turn_id in adapter_of and row.source == "chat"
    )
    return [
        Signals(
            adapter=adapter_id,
            answers=totals[adapter_id],
            copied=seen[adapter_id, "copied"],
            asked_again=seen[adapter_id, "asked_again"],
            complaints=seen[adapter_id, "complaint"],
            citations_opened=seen[adapter_id, "citation_opened"],
        )
        for adapter_id in sorted(totals, key=lambda adapter_id: adapter_id or "")
    ]


def _signal(values: dict[str, object]) -> Feedback:
    route = values.pop("route")
    decoded = msgspec.json.decode(route, type=dict[str, object]) if isinstance(route, str) else None
    return msgspec.convert(values | {"route": decoded, "prompt": []}, Feedback)
