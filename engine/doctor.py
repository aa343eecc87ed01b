"""What can be checked of an installation and a profile without opening it, told one check at a time."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from engine import guard
from engine.errors import HearthsideError
from engine.models.catalog import Models
from engine.paths import ProfilePaths
from engine.settings import load_settings
from engine.store import keys
from engine.store.values import ProfileState
from engine.words import explain, say
from engine.workers.values import Walls
from engine.workers.walls import tried

_ROOM_NEEDED_MB = 500


class Check(Struct, frozen=True):
    name: str
    ok: bool
    detail: str


def examine(root: Path, models: Models) -> list[Check]:
    """Every check, in the order a person would make them."""
    return list(_checks(ProfilePaths(root), models))


def _checks(paths: ProfilePaths, models: Models) -> Iterator[Check]:
    guarded = guard.install()
    yield Check("guard", guarded or sys.platform != "linux", say("doctor.guard_on" if guarded else "doctor.guard_off"))
    yield from _walls()
    found = keys.find(paths)
    ready = found.state is ProfileState.READY
    yield Check("profile", ready, say(f"doctor.profile_{found.state}", path=paths.root, backups=len(found.backups)))
    yield _attempt("settings", lambda: load_settings(paths.settings), say("doctor.settings_fine"))
    yield _attempt("models", lambda: _models(paths, models), say("doctor.models_fine", folder=models.folder))
    here = next(folder for folder in (paths.root, *paths.root.parents) if folder.exists())
    free = shutil.disk_usage(here).free // 1_000_000
    yield Check("disk", free > _ROOM_NEEDED_MB, say("doctor.disk", megabytes=free))


def _walls() -> Iterator[Check]:
    """What the readers of documents are refused here."""
    try:
        walls = tried()
    except HearthsideError as error:
        yield Check("readers", ok=False, detail=explain(error).message)
        return
    for name in Walls.__struct_fields__:
        held = name not in walls.open
        detail = say(f"doctor.wall_{name}" if held else f"doctor.no_wall_{name}")
        yield Check(f"readers_{name}", held or sys.platform != "linux", detail)


def _models(paths: ProfilePaths, models: Models) -> None:
    settings = load_settings(paths.settings)
    models.verify(settings.model)
    models.embedder()
    if settings.mask_names:
        models.names()


def _attempt(name: str, work: Callable[[], object], fine: str) -> Check:
    try:
        work()
    except HearthsideError as error:
        return Check(name, ok=False, detail=explain(error).message)
    return Check(name, ok=True, detail=fine)
