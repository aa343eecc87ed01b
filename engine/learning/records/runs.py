"""Training runs that outlive the process: what is being trained, on which version, and the checkpoint to go on from."""

import threading
from collections.abc import Callable, Iterable
from typing import Literal

import apsw
import msgspec
from msgspec import Struct

from engine.clock import Clock
from engine.ids import new_id
from engine.learning.training.train import TrainingConfig
from engine.store.database import Database
from engine.store.sealed import SealedFolder

RunState = Literal["training", "gating", "done", "discarded"]
_COLUMNS = "id, dataset_id, base_sha256, config, tried, state, tokens, seconds, created_ms"


class Run(Struct, frozen=True, kw_only=True):
    """One training run; its adapter gets the run's id. `tried` says how many trainings its config was chosen by."""

    id: str
    dataset_id: str
    base_sha256: str
    config: TrainingConfig
    tried: int
    state: RunState
    tokens: int
    seconds: float
    created_ms: int


class Runs:
    """Rows of runs and their sealed checkpoints, which go when the run ends."""

    def __init__(self, database: Database, checkpoints: SealedFolder, clock: Clock) -> None:
        self._database = database
        self._folder = checkpoints
        self._clock = clock
        self._lock = threading.Lock()

    def begin(
        self, connection: apsw.Connection, dataset_id: str, base_sha256: str, config: TrainingConfig, tried: int = 0
    ) -> str:
        """Any run begun before and not ended is discarded: there is one at a time."""
        connection.execute("UPDATE runs SET state = 'discarded' WHERE state IN ('training', 'gating')")
        run_id = new_id()
        connection.execute(
            "INSERT INTO runs (id, dataset_id, base_sha256, config, tried, state, created_ms)"
            " VALUES (?, ?, ?, ?, ?, 'training', ?)",
            (run_id, dataset_id, base_sha256, msgspec.json.encode(config).decode(), tried, self._clock()),
        )
        return run_id

    def get(self, run_id: str) -> Run:
        [row] = self._database.read(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", run_id)  # noqa: S608 -- our columns
        return _run(row)

    def unfinished(self) -> Run | None:
        """The run a kill, a cancel or a power cut left behind."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM runs WHERE state IN ('training', 'gating') ORDER BY id DESC")  # noqa: S608 -- ours
        return None if row is None else _run(row)

    def trained(self, connection: apsw.Connection, run_id: str, tokens: int, seconds: float) -> bool:
        """The adapter stands and waits for the gate. False when the run was discarded meanwhile."""
        connection.execute(
            "UPDATE runs SET state = 'gating', tokens = ?, seconds = ? WHERE id = ? AND state = 'training'",
            (tokens, seconds, run_id),
        )
        return bool(connection.changes())

    def finish(self, connection: apsw.Connection, run_id: str) -> None:
        connection.execute("UPDATE runs SET state = 'done' WHERE id = ? AND state = 'gating'", (run_id,))

    def discard_made_from(self, connection: apsw.Connection, dataset_ids: Iterable[str]) -> None:
        connection.executemany(
            "UPDATE runs SET state = 'discarded' WHERE dataset_id = ? AND state IN ('training', 'gating')",
            [(dataset_id,) for dataset_id in dataset_ids],
        )

    def checkpoints(self, run_id: str) -> "RunCheckpoints":
        return RunCheckpoints(self._folder, run_id, self._lock, lambda: self._is_training(run_id))

    def remove_stale_checkpoints(self) -> None:
        """Delete every checkpoint but that of the run still in training."""
        with self._lock:
            for name in self._folder.names():
                if not self._is_training(name):
                    self._folder.delete(name)

    def _is_training(self, run_id: str) -> bool:
        return self._database.one("SELECT 1 FROM runs WHERE id = ? AND state = 'training'", run_id) is not None


class RunCheckpoints:
    """One run's sealed checkpoint, as the trainer keeps it. A run that was discarded meanwhile keeps nothing."""

    def __init__(self, folder: SealedFolder, run_id: str, lock: threading.Lock, wanted: Callable[[], bool]) -> None:
        self._folder = folder
        self._run_id = run_id
        self._lock = lock
        self._wanted = wanted

    def save(self, data: bytes) -> None:
        with self._lock:
            if self._wanted():
                self._folder.write(self._run_id, data)

    def load(self) -> bytes | None:
        return self._folder.read(self._run_id) if self._run_id in self._folder.names() else None

    def clear(self) -> None:
        self._folder.delete(self._run_id)


def _run(row: tuple[object, ...]) -> Run:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["config"] = msgspec.json.decode(str(values["config"]), type=TrainingConfig)
    return msgspec.convert(values, Run)
