"""What was measured before, by what was asked: a run that was cut short goes on. It does not see changed code."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from engine.durable import write_atomically


class Kept:
    """Files of `folder`, or memory alone without one; `asked` (JSON) is all that decides what is measured."""

    def __init__(self, folder: Path | None, asked: object) -> None:
        self._folder = folder
        self._of = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
        self._held: dict[str, bytes] = {}

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What is kept as `name`, made now if nothing is."""
        if name not in self._held:
            self._held[name] = make() if self._folder is None else self._in(self._folder / f"{name}-{self._of}", make)
        return self._held[name]

    def _in(self, path: Path, make: Callable[[], bytes]) -> bytes:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, make())
        return path.read_bytes()
