"""engine.assistant's place for the tests of the opening window and of whole runs."""

import shutil
from pathlib import Path
from typing import Any

from engine.errors import HearthsideError
from engine.paths import ProfilePaths
from engine.store.values import ProfileFound, ProfileState
from tests.fakes.assistant import FakeAssistant

CODE = "apple-birch-cedar"


class Door:
    """engine.assistant as the opening window uses it: answers what a test puts here, remembers what it was given."""

    def __init__(self) -> None:
        self.found = ProfileFound(ProfileState.ABSENT, [], [])
        self.found_at: dict[Path, ProfileFound] = {}
        self.refuse: list[HearthsideError] = []
        self.given: list[Any] = []
        self.relocked: list[Any] = []
        self.opened: list[FakeAssistant] = []

    def find_profile(self, root: Path) -> ProfileFound:
        return self.found_at.get(root, self.found)

    def restore_profile(self, _root: Path, how: Any, backup: Path) -> None:
        self.given.append(("restore", how, backup))

    def erase_profile(self, root: Path) -> None:
        """Only what is closed: the lock of the real one holds that."""
        assert all(one.closed for one in self.opened if one.paths.root == root)
        self._answer("erase", root)
        shutil.rmtree(root)

    def create(self, root: Path, lock: Any, *, fresh_start: bool = False) -> tuple[FakeAssistant, str]:
        self._answer("fresh" if fresh_start else "create", lock)
        return self._opened(root), CODE

    def open(self, root: Path, how: Any) -> FakeAssistant:
        self._answer("open", how)
        return self._opened(root)

    def change_lock(self, how: Any, lock: Any) -> None:
        self.relocked.append((how, lock))
        if self.refuse:
            raise self.refuse.pop(0)

    def _opened(self, root: Path) -> FakeAssistant:
        opened = FakeAssistant()
        opened.paths = ProfilePaths(root)
        opened.change_lock = self.change_lock  # type: ignore[attr-defined]  # the fake has no door
        self.opened.append(opened)
        return opened

    def _answer(self, *given: Any) -> None:
        self.given.append(given)
        if self.refuse:
            raise self.refuse.pop(0)
