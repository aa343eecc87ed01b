"""Adapters and where they stand: what each came from, how it was judged, which one answers, how to go back.

A state is never stored: it follows from the gate's report, the promotions and the trial, so they cannot disagree.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import apsw
import msgspec
from msgspec import Struct

from engine.clock import Clock
from engine.errors import InputRefused
from engine.learning.values import Adapter, AdapterState, GateReport, Shadow
from engine.models.values import AdapterFile
from engine.store.database import Database
from engine.store.sealed import SealedFolder

_FIELDS = (
    "id", "dataset_id", "base_sha256", "serving_sha256", "parent_id", "layers", "rank", "passes", "tried",
    "examples", "held_out", "losses", "divergences", "scale", "domain_id", "gate", "full_gate", "shadow",
    "created_ms", "promoted_ms", "destroyed_ms",
)  # fmt: skip
_LISTS = ("losses", "divergences")
_REPORTS: Final[dict[str, type[Struct]]] = {"gate": GateReport, "full_gate": GateReport, "shadow": Shadow}
_COLUMNS = ", ".join(_FIELDS)
_TRIED = "SELECT adapter_id FROM trials WHERE ended_ms IS NULL"
_NEWEST = (
    "SELECT max(p.id) FROM promotions p JOIN adapters a ON a.id = p.adapter_id WHERE a.base_sha256 = ?"
    " AND (a.domain_id IS NULL OR a.domain_id IN (SELECT id FROM domains)) GROUP BY a.domain_id"
)
_IN_USE = f"SELECT adapter_id FROM promotions WHERE id IN ({_NEWEST})"  # noqa: S608 -- ours


class Registry:
    """Rows in owner.db, files sealed in their folder. Of the base model that `base` names, the last of `promotions` is
    in use for all, and so is the last for each domain; with none, the base itself. What was promoted on another base
    waits until that is chosen again, and what was for a domain that is gone is out of use."""

    def __init__(self, database: Database, files: SealedFolder, clock: Clock, base: Callable[[], str]) -> None:
        self._database = database
        self._files = files
        self._clock = clock
        self._base = base

    def add(self, connection: apsw.Connection, adapter: Adapter, gguf: bytes) -> None:
        """Store an adapter's file, then its row: a kill in between leaves a file that `remove_files` finds."""
        self._files.write(adapter.id, gguf)
        values = {field: getattr(adapter, field) for field in _FIELDS}
        values |= {name: msgspec.json.encode(values[name]).decode() for name in _LISTS}
        for name in _REPORTS:
            values[name] = None if values[name] is None else msgspec.json.encode(values[name]).decode()
        places = ", ".join("?" * len(_FIELDS))
        connection.execute(f"INSERT INTO adapters ({_COLUMNS}) VALUES ({places})", tuple(values.values()))  # noqa: S608 -- names of columns

    def file(self, adapter_id: str) -> AdapterFile:
        """Raises InputRefused("adapter_absent"), or what the sealed folder raises for a damaged file."""
        adapter = self.get(adapter_id)
        return AdapterFile(self._files.read(adapter_id), adapter.base_sha256)

    def all(self, *, destroyed: bool = False) -> list[Adapter]:
        """Those whose files stand, newest first; with `destroyed` the others too."""
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM adapters WHERE destroyed_ms IS NULL OR ? ORDER BY created_ms DESC, id DESC",  # noqa: S608 -- ours
            int(destroyed),
        )
        base, places = self._base(), self._places()
        return [_adapter(row, base, places) for row in rows]

    def get(self, adapter_id: str) -> Adapter:
        """Raises InputRefused("adapter_absent") for one unknown or destroyed."""
        row = self._database.one(
            f"SELECT {_COLUMNS} FROM adapters WHERE id = ? AND destroyed_ms IS NULL",  # noqa: S608 -- names of columns
            adapter_id,
        )
        if row is None:
            raise InputRefused("adapter_absent", adapter=adapter_id)
        return _adapter(row, self._base(), self._places())

    def active(self, domain_id: str | None = None) -> Adapter | None:
        """The adapter promoted last, for all or for one domain alone, and not taken back."""
        return next((adapter for adapter in self.in_use() if adapter.domain_id == domain_id), None)

    def answering(self, domain_id: str | None) -> Adapter | None:
        """What answers in a domain: its own adapter, or else the one for all; None is the base."""
        return self.active(domain_id) or self.active()

    def in_use(self) -> list[Adapter]:
        """The one for all and those of the domains, as far as there are any."""
        rows = self._database.read(f"SELECT {_COLUMNS} FROM adapters WHERE id IN ({_IN_USE})", self._base())  # noqa: S608 -- ours
        base, places = self._base(), self._places()
        return [_adapter(row, base, places) for row in rows]

    def is_for_something(self, adapter: Adapter) -> bool:
        """Whether it is for all, or for a domain that stands."""
        domain = self._database.one("SELECT 1 FROM domains WHERE id = ?", adapter.domain_id)
        return adapter.domain_id is None or domain is not None

    def judge(self, connection: apsw.Connection, adapter_id: str, gate: GateReport, serving_sha256: str) -> None:
        """Keep the gate's report, and the serving file it holds for. What was said of another by the full gate or
        in shadow is void."""
        connection.execute(
            "UPDATE adapters SET full_gate = CASE serving_sha256 WHEN ?2 THEN full_gate END,"
            " shadow = CASE serving_sha256 WHEN ?2 THEN shadow END, gate = ?1,"
            " serving_sha256 = ?2 WHERE id = ?3 AND destroyed_ms IS NULL",
            (msgspec.json.encode(gate).decode(), serving_sha256, adapter_id),
        )

    def judge_fully(self, connection: apsw.Connection, adapter_id: str, gate: GateReport) -> None:
        """Keep the full gate's report; it holds for the same file as the gate's."""
        connection.execute(
            "UPDATE adapters SET full_gate = ? WHERE id = ? AND destroyed_ms IS NULL",
            (msgspec.json.encode(gate).decode(), adapter_id),
        )

    def keep_shadow(self, connection: apsw.Connection, adapter_id: str, shadow: Shadow) -> None:
        """What it would have answered by now, in place of what was known before; it holds for the gate's file, too."""
        connection.execute(
            "UPDATE adapters SET shadow = ? WHERE id = ? AND destroyed_ms IS NULL",
            (msgspec.json.encode(shadow).decode(), adapter_id),
        )

    def promote(self, connection: apsw.Connection, adapter_id: str) -> None:
        now = self._clock()
        connection.execute("INSERT INTO promotions (adapter_id, at_ms) VALUES (?, ?)", (adapter_id, now))
        connection.execute("UPDATE adapters SET promoted_ms = ? WHERE id = ?", (now, adapter_id))

    def roll_back(self, connection: apsw.Connection, adapter_id: str) -> bool:
        """Take the last promotion of an adapter's domain back: the one before it holds again, or none of its own. False
        if it is of another now."""
        connection.execute(
            f"DELETE FROM promotions WHERE id IN ({_NEWEST}) AND adapter_id = ?",  # noqa: S608 -- ours
            (self._base(), adapter_id),
        )
        return bool(connection.changes())

    def made_from(self, dataset_ids: Iterable[str]) -> list[str]:
        """Ids of the standing adapters trained on any of these dataset versions."""
        datasets = set(dataset_ids)
        return [adapter.id for adapter in self.all() if adapter.dataset_id in datasets]

    def mark_destroyed(self, connection: apsw.Connection, adapter_ids: Iterable[str]) -> None:
        """Out of use and out of every way back; `remove_files` then takes the bytes."""
        now = self._clock()
        for adapter_id in adapter_ids:
            connection.execute("DELETE FROM promotions WHERE adapter_id = ?", (adapter_id,))
            connection.execute("DELETE FROM scores WHERE subject = ?", (adapter_id,))
            connection.execute("UPDATE adapters SET destroyed_ms = ? WHERE id = ?", (now, adapter_id))

    def remove_files(self) -> None:
        """Delete every adapter file without a standing row: of the destroyed, and of a run that died before its row."""
        with self._database.write():  # nothing is added meanwhile
            standing = {adapter.id for adapter in self.all()}
            for name in self._files.names():
                if name not in standing:
                    self._files.delete(name)

    def _places(self) -> dict[str, AdapterState]:
        """Those that answer by now, and as what."""
        tried, in_use = self._database.read(_TRIED), self._database.read(_IN_USE, self._base())
        on_trial = {str(adapter_id): AdapterState.ON_TRIAL for (adapter_id,) in tried}
        return on_trial | {str(adapter_id): AdapterState.ACTIVE for (adapter_id,) in in_use}


def _adapter(row: tuple[object, ...], base: str, places: Mapping[str, AdapterState]) -> Adapter:
    values = dict(zip(_FIELDS, row, strict=True))
    for name, kind in _REPORTS.items():
        values[name] = None if values[name] is None else msgspec.json.decode(str(values[name]), type=kind)
    values |= {name: msgspec.json.decode(str(values[name]), type=list[float]) for name in _LISTS}
    reports = [values[name] for name in _REPORTS]
    rejected = any(isinstance(report, GateReport) and report.verdict == "reject" for report in reports)
    values["state"] = places.get(str(values["id"])) or _state(values["promoted_ms"] is not None, rejected)
    if values["base_sha256"] != base:
        values["state"] = AdapterState.OTHER_BASE
    return msgspec.convert(values, Adapter)


def _state(promoted: bool, rejected: bool) -> AdapterState:
    if rejected:
        return AdapterState.REJECTED
    return AdapterState.RETIRED if promoted else AdapterState.CANDIDATE
