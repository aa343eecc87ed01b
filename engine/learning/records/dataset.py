"""Dataset versions: which examples were learned from and which were kept to test with, immutable and hashed.

A manifest holds ids and hashes, never text: what is forgotten leaves nothing to read here.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import apsw
import msgspec
from msgspec import UNSET, Struct, UnsetType

from engine.clock import Clock
from engine.ids import new_id
from engine.learning.curation.curate import normal, question_of
from engine.learning.values import DatasetVersion, Example
from engine.store.database import Database

HELD_OUT_SHARE = 0.2
SMALLEST_SPLIT = 5
"""With fewer corrections all are trained on: a test of one or two could tell nothing."""


class Entry(Struct, frozen=True):
    """One example of a version. `sha256` is over what it is trained on."""

    example: str
    feedback: str
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """A version's canonical content; `domain` is the id of the bin that all of it is of."""

    format: int = 1
    train: list[Entry]
    held_out: list[Entry]
    domain: str | UnsetType = UNSET  # left away for all, so that the hashes of versions made before there were any hold

    @property
    def entries(self) -> list[Entry]:
        return self.train + self.held_out


class Split(Struct, frozen=True):
    """Examples to train on, and those only the gate may see; both oldest first."""

    train: list[Example]
    held_out: list[Example]


def split(examples: Sequence[Example]) -> Split:
    """Keep the newest fifth of the corrections for the gate, in whole conversations.

    Conversations that share a question count as one, so no question stands on both sides; an imported row without a
    thread is a conversation of its own. One that would take more than half of all corrections is trained on instead.
    Praised answers are trained on only: the model would be tested on its own words.
    """
    said = [example for example in examples if example.kind != "thumb"]
    wanted = math.ceil(len(said) * HELD_OUT_SHARE) if len(said) >= SMALLEST_SPLIT else 0
    conversations = _conversations(examples)
    conversations.sort(key=lambda members: max((member.created_ms, member.id) for member in members), reverse=True)
    kept: set[str] = set()
    held = 0
    for members in conversations:
        size = sum(member.kind != "thumb" for member in members)
        if held < wanted and size and held + size <= max(wanted, len(said) // 2):
            kept.update(member.id for member in members)
            held += size
    return Split(
        train=[example for example in examples if example.id not in kept],
        held_out=[example for example in said if example.id in kept],
    )


def manifest_of(parts: Split, domain: str | None = None) -> Manifest:
    return Manifest(train=_entries(parts.train), held_out=_entries(parts.held_out), domain=domain or UNSET)


def content_sha256(example: Example) -> str:
    """Over what an example teaches: prompt, target, what was rejected for it, weight."""
    content = {
        "prompt": example.prompt,
        "target": example.target,
        "rejected": example.rejected,
        "weight": example.weight,
    }
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


class Datasets:
    """The versions made so far."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, connection: apsw.Connection, manifest: Manifest) -> str:
        """The id of the version with exactly this content, made now if there was none."""
        content = msgspec.json.encode(manifest, order="deterministic")
        sha256 = hashlib.sha256(content).hexdigest()
        for (known,) in connection.execute("SELECT id FROM datasets WHERE sha256 = ?", (sha256,)):
            return str(known)
        dataset_id = new_id()
        connection.execute(
            "INSERT INTO datasets (id, sha256, manifest, created_ms) VALUES (?, ?, ?, ?)",
            (dataset_id, sha256, content.decode(), self._clock()),
        )
        return dataset_id

    def manifest(self, dataset_id: str) -> Manifest | None:
        """What a version holds; None once something in it was forgotten."""
        row = self._database.one("SELECT manifest FROM datasets WHERE id = ?", dataset_id)
        return msgspec.json.decode(row[0], type=Manifest) if row is not None and row[0] is not None else None

    def versions(self) -> list[DatasetVersion]:
        """Those that stand, oldest first."""
        rows = self._database.read(
            "SELECT id, sha256, manifest, created_ms FROM datasets WHERE manifest IS NOT NULL ORDER BY created_ms, id"
        )
        return [_version(*row) for row in rows]

    def get(self, dataset_id: str) -> DatasetVersion | None:
        """One of those."""
        row = self._database.one(
            "SELECT id, sha256, manifest, created_ms FROM datasets WHERE id = ? AND manifest IS NOT NULL", dataset_id
        )
        return None if row is None else _version(*row)

    def containing(self, feedback_ids: frozenset[str]) -> list[str]:
        """Ids of the versions any of these rows went into."""
        rows = self._database.read("SELECT id, manifest FROM datasets WHERE manifest IS NOT NULL")
        return [
            str(dataset_id)
            for dataset_id, content in rows
            if any(entry.feedback in feedback_ids for entry in msgspec.json.decode(content, type=Manifest).entries)
        ]

    def erase(self, connection: apsw.Connection, dataset_ids: Iterable[str]) -> None:
        """Forget what these versions held; that they were made, and their hashes, stay."""
        connection.executemany(
            "UPDATE datasets SET manifest = NULL WHERE id = ?", [(dataset_id,) for dataset_id in dataset_ids]
        )


def _version(dataset_id: str, sha256: str, content: str, created_ms: int) -> DatasetVersion:
    manifest = msgspec.json.decode(content, type=Manifest)
    return DatasetVersion(
        id=dataset_id,
        sha256=sha256,
        train=[entry.example for entry in manifest.train],
        held_out=[entry.example for entry in manifest.held_out],
        created_ms=created_ms,
        domain=manifest.domain or None,
    )


def _entries(examples: Iterable[Example]) -> list[Entry]:
    return [Entry(example.id, example.feedback_id, content_sha256(example)) for example in examples]


def _conversations(examples: Sequence[Example]) -> list[list[Example]]:
    """Examples grouped so that no two groups share a thread or a question."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for example in examples:
        thread = f"thread {example.thread_id}" if example.thread_id else f"row {example.id}"
        leader[find(f"question {normal(question_of(example.prompt))}")] = find(thread)
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[find(f"question {normal(question_of(example.prompt))}")].append(example)
    return list(groups.values())
