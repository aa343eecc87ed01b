"""The log of feedback: rows are appended as the owner speaks and removed only to forget."""

from collections.abc import Sequence
from typing import NamedTuple

import apsw
import msgspec

from engine.learning.policies import Looked
from engine.learning.values import Arm, Feedback, Retention
from engine.models.values import Message
from engine.store.database import Database

_FIELDS = (
    "id", "kind", "prompt", "draft", "final", "rejected", "rating", "reason", "turn_id", "thread_id",
    "model_sha256", "adapter_id", "route", "source", "consent_version", "created_ms",
)  # fmt: skip
_COLUMNS = ", ".join(_FIELDS)
_JSON = ("prompt", "route")
_STANDS = (
    "NOT EXISTS (SELECT 1 FROM feedback newer WHERE newer.turn_id = f.turn_id AND newer.kind = f.kind"
    " AND (newer.created_ms, newer.id) > (f.created_ms, f.id))"
)  # of the row f: nothing newer of its kind was said of the same answer
DAY_MS = 24 * 60 * 60 * 1000


class Rated(NamedTuple):
    """A thumb on an answer of the chat, and the adapter that gave it (None: the base model); in a trial, its arm.
    `domain` is the bin its question was of; `compared`: it is one of two drafts that were shown side by side."""

    liked: bool
    adapter_id: str | None
    at_ms: int
    arm: Arm | None = None
    domain: str | None = None
    compared: bool = False


class Viewed(NamedTuple):
    """What stands of an answer on passages that were drawn: a thumb up, and no correction, is `liked`."""

    liked: bool
    looked: Looked


class FeedbackLog:
    """Feedback rows in the order they were given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, connection: apsw.Connection, row: Feedback) -> None:
        values = {field: getattr(row, field) for field in _FIELDS}
        values["prompt"] = _json(row.prompt) if row.prompt else None
        values["route"] = _json(row.route) if row.route is not None else None
        places = ", ".join("?" * len(_FIELDS))
        connection.execute(f"INSERT INTO feedback ({_COLUMNS}) VALUES ({places})", tuple(values.values()))  # noqa: S608 -- names of columns

    def all(self) -> list[Feedback]:
        """Every row, oldest first."""
        return self._select("1")

    def find(
        self, *, feedback_id: str | None = None, turn_id: str | None = None, thread_id: str | None = None
    ) -> list[Feedback]:
        """Rows of the one named thing, oldest first."""
        return self._select(
            "id = ? OR turn_id = ? OR thread_id = ?",
            feedback_id,
            turn_id,
            thread_id,
        )

    def expired(self, retention: Retention, now_ms: int) -> list[str]:
        """Ids of the rows that are older than they are to be kept, or not among the newest."""
        rows = self._database.read("SELECT id, created_ms FROM feedback ORDER BY created_ms DESC, id DESC")
        return outlived(rows, retention, now_ms)

    def delete(self, connection: apsw.Connection, feedback_ids: Sequence[str]) -> None:
        connection.executemany("DELETE FROM feedback WHERE id = ?", [(feedback_id,) for feedback_id in feedback_ids])

    def left_out(self) -> frozenset[str]:
        """Ids of the rows the owner does not want learned from."""
        return frozenset(str(row[0]) for row in self._database.read("SELECT feedback_id FROM left_out"))

    def kept_anyway(self) -> frozenset[str]:
        """Ids of the rows the owner wants learned from whatever is doubted of them."""
        return frozenset(str(row[0]) for row in self._database.read("SELECT feedback_id FROM kept_anyway"))

    def ratings(self) -> list[Rated]:
        """The thumb that stands on each rated answer, in the order they were given."""
        rows = self._database.read(
            "SELECT rating, adapter_id, created_ms, json_extract(route, '$.arm'), route ->> '$.domain',"  # noqa: S608 -- our own condition
            " json_extract(route, '$.comparison') IS NOT NULL FROM feedback f"
            f" WHERE kind = 'thumb' AND source = 'chat' AND rating IS NOT NULL AND {_STANDS} ORDER BY created_ms, id"
        )
        return [
            Rated(rating == "up", adapter_id, at_ms, _arm(arm), domain, bool(compared))
            for rating, adapter_id, at_ms, arm, domain, compared in rows
        ]

    def viewed(self) -> list[Viewed]:
        """Each answer of the chat that was rated or corrected while retrieval settings were tried, oldest first."""
        rows = self._database.read(
            "SELECT max(json_extract(route, '$.looked')), min(kind = 'thumb' AND rating IS 'up') FROM feedback f"  # noqa: S608 -- our own condition
            " WHERE source = 'chat' AND json_extract(route, '$.looked') IS NOT NULL"
            " AND (kind = 'thumb' AND rating IS NOT NULL OR kind = 'correction' AND final IS NOT draft)"
            f" AND {_STANDS} GROUP BY turn_id ORDER BY min(created_ms), turn_id"
        )
        return [Viewed(bool(liked), msgspec.json.decode(looked, type=Looked)) for looked, liked in rows]

    def judged(self) -> frozenset[str]:
        """Turns on which a word of the owner stands: a thumb, a correction that changed something, a preference."""
        rows = self._database.read(
            f"SELECT turn_id FROM feedback f WHERE turn_id IS NOT NULL AND (kind = 'preferred' OR {_STANDS}"  # noqa: S608 -- our own condition
            " AND (kind = 'thumb' AND rating IS NOT NULL OR kind = 'correction' AND final IS NOT draft))"
        )
        return frozenset(str(turn_id) for (turn_id,) in rows)

    def _select(self, condition: str, *values: str | None) -> list[Feedback]:
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM feedback WHERE {condition} ORDER BY created_ms, id",  # noqa: S608 -- our own conditions
            *values,
        )
        return [_feedback(dict(zip(_FIELDS, row, strict=True))) for row in rows]


def outlived(newest_first: Sequence[tuple[str, int]], retention: Retention, now_ms: int) -> list[str]:
    """Of (id, time) rows the ids of those that are not to be kept any longer."""
    oldest = now_ms - retention.days * DAY_MS if retention.days else 0
    most = retention.items or len(newest_first)
    return [row_id for place, (row_id, at_ms) in enumerate(newest_first) if place >= most or at_ms < oldest]


def _feedback(values: dict[str, object]) -> Feedback:
    prompt, route = (values.pop(field) for field in _JSON)
    return msgspec.convert(
        values
        | {
            "prompt": msgspec.json.decode(prompt, type=list[Message]) if isinstance(prompt, str) else [],
            "route": msgspec.json.decode(route, type=dict[str, object]) if isinstance(route, str) else None,
        },
        Feedback,
    )


def _arm(text: str | None) -> Arm | None:
    return None if text is None else msgspec.json.decode(text, type=Arm)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
