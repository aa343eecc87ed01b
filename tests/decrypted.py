"""What stands in the files of a closed profile once its key has opened them: free pages, checkpoints, backups too."""

import contextlib
from pathlib import Path

from engine.paths import ProfilePaths
from engine.store import keys
from engine.store.connection import connect
from engine.store.sealed import SealedFolder
from engine.store.values import Unlock


def pages(path: Path, key: bytes) -> bytes:
    """All pages of a closed database in plain text, free ones and slack included. (A rekey would vacuum them away.)"""
    with contextlib.closing(connect(path, key)) as connection:
        return connection.serialize("main")


def whole(root: Path, unlock: Unlock) -> dict[str, bytes]:
    """Every file of a profile in plain text, by its path there; what is not encrypted as it is."""
    paths = ProfilePaths(root)
    key = keys.unlock(paths, unlock)
    sealed = {folder: SealedFolder(folder, key) for folder in (paths.adapters, paths.checkpoints)}
    found = {}
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        name = str(file.relative_to(root))
        if file.suffix == ".db":
            found[name] = pages(file, key.derive(file.name))
        elif file.parent in sealed:
            found[name] = sealed[file.parent].read(file.name)
        else:
            found[name] = file.read_bytes()
    return found
