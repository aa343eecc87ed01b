"""A process that commits numbered notes and says so, until it is killed (see test_durability.py)."""

import sys
from pathlib import Path

from engine.store.database import Database
from tests.engine.store.conftest import NOTES, add


def main(path: Path, key: bytes, start: int) -> None:
    with Database.open(path, key, [NOTES], durable=True) as database:
        for number in range(start, start + 100_000):
            add(database, f"note {number}")
            sys.stdout.write(f"{number}\n")  # acknowledged: it must be there for ever
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3]))
