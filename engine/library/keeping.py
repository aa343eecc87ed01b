"""Keeps a library current while it is open: what the watch worker tells is gathered, and looked at once it is quiet."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from engine.errors import HearthsideError, Interrupted
from engine.library.library import Library
from engine.library.places import is_under
from engine.library.root_standing import Work, root_standing, why_closed
from engine.library.survey import Places, root_of
from engine.library.values import Kept, Root
from engine.library.watch_protocol import Unwatched, Watch, Watching, WatchReply
from engine.progress import Control, Progress
from engine.workers.worker import Limits, Worker

_QUIET_S: Final = 0.5  # nothing new for so long, and what was told is looked at
_LONGEST_S: Final = 5.0  # but no later than so long after it was first told
_LOOK_S: Final = 3_600.0  # everything is looked at anew so often, for what no system told
_LOOK_UNWATCHED_S: Final = 300.0  # and so often where it tells nothing
_REST_SHARE: Final = (
    0.5  # of the time a look took it rests after it: a log that is written to all day is read now and then
)
_LONGEST_REST_S: Final = 10.0
_FIRST_LOOK_S: Final = 10.0  # and at first after so long, if nothing is watched by then
_AFTER_TROUBLE_S: Final = 60.0
_PATIENCE_S: Final = 3.0  # with a look in hand when closing; it is cancelled, but may be in the middle of a file
LIMITS: Final = Limits(nice=5, confined=True, readable=("/proc/self/mountinfo",), listable=("/",))


class Keeping:
    """Watches once started, and takes in what changed. Any thread may call."""

    def __init__(self, library: Library, *, quiet_s: float = _QUIET_S) -> None:
        self._library = library
        self._quiet_s = quiet_s
        self._worker: Worker[WatchReply] = Worker(
            "engine.library.watch_service", WatchReply, name="watch", limits=LIMITS
        )
        self._threads: list[threading.Thread] = []
        self._state = threading.Condition()  # of all below
        self._closing = False
        self._roots: list[tuple[Root, str]] = []  # and why each is closed
        self._waiting = self._looking = Places()
        self._first_told = self._last_told = self._not_before = 0.0
        self._look_at = self._all_at = float("inf")
        self._unwatched: Unwatched = ""
        self._remote: frozenset[str] = frozenset()
        self._paused = False
        self._reading: list[str | None] = []  # the root of each file of the look in hand, and how many are left
        self._left = 0
        self._looked = False
        self._changes = 0
        self._trouble: HearthsideError | None = None
        self._of_look, self._of_watch = Control(), Control()
        library.on_roots_changed(self._on_roots_changed)

    def start(self) -> None:
        """Begin: everything is looked at once, as soon as it is watched."""
        with self._state:
            if self._closing:
                return
            self._look_at = self._all_at = time.monotonic() + _FIRST_LOOK_S
        for work, name in ((self._watch, "watch"), (self._keep, "keep")):
            thread = threading.Thread(target=work, name=name, daemon=True)  # may wait for a share that does not answer
            self._threads.append(thread)
            thread.start()

    def kept(self) -> Kept:
        """How every root stood when last looked at, and what is at work on it now."""
        with self._state:
            left = Counter(self._reading[len(self._reading) - self._left :])
            busy = self._waiting | self._looking
            return Kept(
                [
                    root_standing(
                        root,
                        closed=closed,
                        left=left[root.path],
                        unwatched=self._unwatched or ("watch_remote" if root.path in self._remote else ""),
                        work=self._work(root.path, busy),
                    )
                    for root, closed in self._roots
                ],
                self._changes,
                self._trouble,
            )

    def pause(self) -> None:
        """Read nothing until `resume`; what changes meanwhile is noted."""
        self._set_paused(True)

    def resume(self) -> None:
        self._set_paused(False)

    def close(self) -> None:
        """Stop watching and looking. Later calls do nothing."""
        with self._state:
            self._closing = True
            self._state.notify_all()
            controls = self._of_look, self._of_watch
        for control in controls:
            control.cancel()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _set_paused(self, paused: bool) -> None:
        with self._state:
            self._paused = paused
            control = self._of_look
        control.pause() if paused else control.resume()

    def _work(self, root: str, busy: Places) -> Work:
        if self._looked and not any(_overlap(place, root) for place in busy.trees | busy.folders):
            return "behind"
        return "paused" if self._paused else "catching_up"

    # The thread that listens to the worker

    def _watch(self) -> None:
        with self._worker:
            while (control := self._next_watch()) is not None:
                roots, excluded, patterns = self._library.watched()
                try:
                    for reply in self._worker.stream(Watch(roots, excluded, patterns), control=control):
                        self._hear(reply, roots)
                except Interrupted:
                    continue
                except HearthsideError:
                    self._hear(Watching("watch_failed"), roots)
                    with self._state:
                        self._state.wait_for(lambda: self._closing, _AFTER_TROUBLE_S)

    def _next_watch(self) -> Control | None:
        with self._state:
            self._of_watch = Control()
            return None if self._closing else self._of_watch

    def _hear(self, reply: WatchReply, roots: Sequence[str]) -> None:
        with self._state:
            if isinstance(reply, Watching):
                self._unwatched, self._remote = reply.unwatched, frozenset(reply.remote)
                self._note(Places(frozenset(roots)))
            else:
                self._note(Places(frozenset(reply.trees), frozenset(reply.folders)))

    def _on_roots_changed(self) -> None:
        self._learn_roots()
        with self._state:
            control = self._of_watch
        control.cancel()

    def _learn_roots(self) -> None:
        roots = [(root, why_closed(root.path)) for root in self._library.roots()]
        with self._state:
            self._roots = roots

    # What waits to be looked at; called with the state held

    def _note(self, places: Places) -> None:
        self._last_told = time.monotonic()
        if not self._waiting:
            self._first_told = self._last_told
        self._waiting |= places
        self._state.notify_all()

    # The thread that looks

    def _keep(self) -> None:
        self._learn_roots()
        while places := self._next_places():
            self._look(places)

    def _next_places(self) -> Places:
        """Wait until something is due; nothing once closing."""
        with self._state:
            while not self._closing:
                now = time.monotonic()
                if now >= self._look_at:
                    self._note(self._unheard(now))
                due = self._due()
                if self._waiting and now >= due:
                    self._looking, self._waiting = self._waiting, Places()
                    self._of_look = Control()
                    if self._paused:
                        self._of_look.pause()
                    return self._looking
                self._state.wait(min(due, self._look_at, now + _LOOK_S) - now)
            return Places()

    def _unheard_of(self) -> bool:
        return bool(self._unwatched or self._remote)

    def _unheard(self, now: float) -> Places:
        """What is looked at for its own sake: where nothing is told, soon, and all of it once an hour."""
        everything = bool(self._unwatched) or now >= self._all_at
        if everything:
            self._all_at = now + _LOOK_S
        self._look_at = now + (_LOOK_UNWATCHED_S if self._unheard_of() else _LOOK_S)
        roots = (root.path for root, _ in self._roots)
        return Places(frozenset(root for root in roots if everything or root in self._remote))

    def _due(self) -> float:
        if not self._waiting:
            return float("inf")
        return max(self._not_before, min(self._last_told + self._quiet_s, self._first_told + _LONGEST_S))

    def _look(self, places: Places) -> None:
        began = time.monotonic()
        again, trouble, changed = Places(), self._trouble, True
        try:
            done = self._library.rescan(places, control=self._of_look, report=self._report, begun=self._begin)
            trouble, changed = None, done.changed
        except Interrupted:
            again = places
        except Exception as error:  # noqa: BLE001 - whatever it is, the owner hears of it, and the next look may do
            again = places
            if isinstance(error, HearthsideError):
                trouble = error
            else:
                trouble = HearthsideError("unexpected", kind=type(error).__name__)
        with contextlib.suppress(Exception) if self._closing else contextlib.nullcontext():
            self._learn_roots()
        with self._state:
            self._looking, self._reading, self._left = Places(), [], 0
            self._changes += changed
            self._looked = self._looked or not again
            self._trouble = trouble
            now = time.monotonic()
            rest = min((now - began) * _REST_SHARE, _LONGEST_REST_S)
            self._not_before = now + (_AFTER_TROUBLE_S if trouble is not None else rest)
            self._look_at = min(self._look_at, now + (_LOOK_UNWATCHED_S if self._unheard_of() else _LOOK_S))
            if again:
                self._note(again)

    def _begin(self, paths: Sequence[str]) -> None:
        with self._state:
            roots = [root.path for root, _ in self._roots]
            self._reading = [root_of(path, roots) for path in paths]
            self._left = len(paths)

    def _report(self, progress: Progress) -> None:
        with self._state:
            self._left = progress.left


def _overlap(one: str, other: str) -> bool:
    return is_under(one, other) or is_under(other, one)
