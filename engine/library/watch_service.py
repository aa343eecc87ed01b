"""The watch worker's side: hears from the system which folders change, sees names only, opens no file.

It is a process of its own because the watcher holds Python still while it registers folders (2.9 s for a tree with a
link to /usr/lib), and because a share that does not answer holds whoever looks at it.

On Linux a watch is of one folder: they are listed here, hidden ones and links left out (the watcher's own way follows
links), and listed anew when folders come or go. Elsewhere one watch holds a whole tree. An event only says where to
look; which root or drive came or went is seen by looking at each.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from engine.library.mounts import Mounts, remote
from engine.library.patterns import LeftOut
from engine.library.watch_protocol import Changed, Unwatched, Watch, Watching, WatchReply
from engine.library.watched_folders import RECURSIVE, Event, WatchedFolders
from engine.workers.service import Context

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_GATHER_MS: Final = 1_500  # how long a burst is gathered at most before it is told
_STEP_MS: Final = 200
_LOOK_S: Final = 2.0  # between two looks at the roots themselves
_AT_MOST: Final = 1_000  # folders told one by one; of more, the whole roots
_RELIST_SHARE: Final = 10  # listing folders takes at most one part in so many of the time
_TRIED_AGAIN_S: Final = 600.0  # after watching failed
_ATTEMPTS: Final = 5
_FULL: Final = "limit reached|too many open files|no space left"


class WatchService:
    """Answers Watch with Watching and Changed until it is cancelled."""

    requests = Watch

    def handle(self, request: Watch, context: Context) -> Iterator[WatchReply]:
        eyes = _Eyes(request, context)
        try:
            while True:
                context.checkpoint()
                yield from eyes.look()
        finally:
            eyes.close()


def service() -> WatchService:
    return WatchService()


class _Stop:
    """Lets the watcher see that the request was cancelled."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def is_set(self) -> bool:
        return self._context.cancelled


class _Eyes:
    def __init__(self, request: Watch, context: Context) -> None:
        self._stop = _Stop(context)
        self._roots = request.roots
        self._folders = WatchedFolders(request.roots, request.excluded, LeftOut(request.patterns))
        self._mounts = Mounts(request.roots)
        self._notifier: RustNotify | None = None
        self._heard: set[Event] = set()  # in the last moments of the watcher before
        self._unwatched: Unwatched = ""
        self._told: Watching | None = None
        self._list_at = 0.0
        self._moved: set[str] = set()  # folders that came, went or were exchanged since they were listed

    def look(self) -> Iterator[WatchReply]:
        """One look, two seconds long where nothing happens."""
        trees = set()
        if time.monotonic() >= self._list_at and (self._moved or self._told is None or self._unwatched):
            trees = self._list()
            now = Watching(self._unwatched, sorted(remote(self._roots)))
            if self._told != now:
                self._told = now
                yield now
        moved, folders = self._folders.places(self._hear())
        moved |= self._mounts.changed()
        self._moved |= moved
        trees |= moved
        if len(trees) + len(folders) > _AT_MOST:
            yield Changed(list(self._roots), [])
        elif trees or folders:
            yield Changed(sorted(trees), sorted(folders))

    def close(self) -> None:
        if self._notifier is not None:
            self._notifier.close()
            self._notifier = None

    def _list(self) -> set[str]:
        """Watch what is there now. Returns where something may have happened that nobody heard."""
        began = time.monotonic()
        fresh = self._folders.list()
        before = self._notifier
        self._notifier, self._unwatched = _notifier(self._folders)
        if before is not None and self._notifier is None and self._unwatched:  # there is no room for both
            before.close()
            before = None
            self._moved |= set(self._roots)
            self._notifier, self._unwatched = _notifier(self._folders)
        if before is not None:
            with contextlib.suppress(OSError, RuntimeError):
                last = before.watch(1, 1, 1, self._stop)
                self._heard = last if isinstance(last, set) else set()
            before.close()
        now = time.monotonic()
        self._list_at = now + (_TRIED_AGAIN_S if self._unwatched else (now - began) * _RELIST_SHARE)
        moved, self._moved = self._moved, set()
        return fresh | moved

    def _hear(self) -> set[Event]:
        heard, self._heard = self._heard, set()
        if self._notifier is None:
            time.sleep(_STEP_MS / 1000)
            return heard
        try:
            new = self._notifier.watch(_GATHER_MS, _STEP_MS, int(_LOOK_S * 1000), self._stop)
        except (OSError, RuntimeError):  # say, the limit was reached by a new folder
            self.close()
            self._told = None
            self._list_at = time.monotonic() + _LOOK_S
            return {(0, root) for root in self._roots}
        return heard | new if isinstance(new, set) else heard


def _notifier(folders: WatchedFolders) -> "tuple[RustNotify | None, Unwatched]":
    """What hears of changes in `folders`, or why nothing does."""
    from watchfiles._rust_notify import RustNotify

    for _ in range(_ATTEMPTS):
        if not folders.watched:
            return None, ""
        try:
            return RustNotify(folders.watched, False, False, 0, RECURSIVE, False), ""
        except (FileNotFoundError, PermissionError):
            folders.list()  # one of them went since they were listed
        except (OSError, RuntimeError) as error:  # the second is the library's own
            full = re.search(_FULL, str(error), re.IGNORECASE)
            return None, "watch_limit" if full else "watch_failed"
    return None, "watch_failed"
