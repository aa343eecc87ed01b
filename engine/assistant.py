"""The one door for the window and the command line: opens a profile, wires the rooms, owns their lifetime."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Self, TypedDict, Unpack

import apsw
import msgspec

from engine import profiles
from engine.chat import schema as chat_schema
from engine.chat.chat import Chat, Draw, undrawn
from engine.chat.prompt import asking, wording
from engine.chat.values import Turn
from engine.clock import Clock, system_clock
from engine.errors import HearthsideError, InputRefused
from engine.export import write_all
from engine.incognito import Incognito
from engine.learning.experiments.comparing import LEAST, MOST, Comparing
from engine.learning.follow_up import heard_in
from engine.learning.learning import Learning
from engine.learning.records import schema as learning_schema
from engine.learning.records.signals import Given
from engine.learning.values import (
    MARKS,
    Answering,
    Choice,
    Dependants,
    Feedback,
    ForgetReport,
    Returned,
    SignalKind,
    TrialAnswer,
)
from engine.library import schema as library_schema
from engine.library.embed import OnnxEmbedder
from engine.library.keeping import Keeping
from engine.library.library import Library
from engine.memory import schema as memory_schema
from engine.memory.memory import Memory
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.paths import ProfilePaths, models_dir
from engine.privacy import schema as privacy_schema
from engine.privacy.masking import Masking
from engine.privacy.names import OnnxNames
from engine.privacy.private_words import PrivateWords
from engine.settings import Settings, load_settings, save_settings
from engine.store import keys
from engine.store.backups import Backups
from engine.store.connection import remove_database
from engine.store.database import Database
from engine.store.keys import DataKey
from engine.store.profile import ProfileLock, Reserve
from engine.store.sealed import SealedFolder
from engine.store.unstored import Rows, Unstored
from engine.store.values import NewLock, ProfileFound, ProfileState, Unlock
from engine.words import say
from engine.workers.values import Walls
from engine.workers.walls import tried

OWNER_MIGRATIONS = (
    *privacy_schema.MIGRATIONS,
    *chat_schema.MIGRATIONS,
    *memory_schema.MIGRATIONS,
    *learning_schema.MIGRATIONS,
    *library_schema.OWNER_MIGRATIONS,
)

_OWNER, _LIBRARY = "owner.db", "library.db"
_REBUILT = {"database_damaged", "key_wrong"}  # the key was proven by owner.db before


class Forgettable(TypedDict, total=False):
    """What to forget, one of: a piece of feedback, all feedback on an answer, in a conversation, on answers that draw
    on a folder or file of the library, or everything."""

    feedback_id: str | None
    turn_id: str | None
    thread_id: str | None
    folder: Path | None
    everything: bool


def find_profile(root: Path) -> ProfileFound:
    """What stands at `root`, told without its key."""
    return keys.find(ProfilePaths(root))


def restore_profile(root: Path, unlock: Unlock, backup: Path) -> None:
    """Put a verified backup in the place of the owner database. What stood there is set aside, not deleted."""
    paths = ProfilePaths(root)
    with ProfileLock(paths):
        key = keys.unlock(paths, unlock, backup=None if paths.keys.exists() else backup)
        Backups(paths.backups).restore(backup, key.derive(_OWNER))


def erase_profile(root: Path) -> None:
    """Destroy the profile with everything in it, and its secret in the keyring; what else lies in its folder stays.

    Raises Busy when it is open, InputRefused("profile_absent") where none stands.
    """
    paths = ProfilePaths(root)
    if keys.find(paths).state is ProfileState.ABSENT:
        raise InputRefused("profile_absent", path=str(paths.root))
    with ProfileLock(paths):
        keys.discard(paths)
        rest = [path for path in paths.own() if path not in {paths.keys, paths.owner_db, paths.lock}]
        for path in (paths.keys, *rest, paths.owner_db):  # unreadable at once, and to be erased again until it is whole
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # other things lie there
        paths.lock.unlink()
        paths.root.rmdir()
    profiles.forget_use(paths.root)


def _make_folder(paths: ProfilePaths) -> None:
    """Make it, or take one with nothing in it that could be taken for the profile's."""
    try:
        paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = set(paths.root.iterdir()) - {paths.called, paths.lock, paths.settings}
    except OSError as error:
        raise InputRefused("profile_not_a_folder", path=str(paths.root)) from error
    if keys.find(paths).state is ProfileState.ABSENT and any(not path.name.startswith(".") for path in others):
        raise InputRefused("profile_folder_taken", path=str(paths.root))


class Assistant:
    """An open profile. The rooms are its attributes; what touches several rooms at once is a method here.

    Thread-safe: any thread may call, and long calls take a `Control`.
    """

    def __init__(self, paths: ProfilePaths, key: DataKey, lock: ProfileLock, models: Path, clock: Clock) -> None:
        self.paths = paths
        self.models = Models(models)
        self._clock = clock
        self._settings = load_settings(paths.settings)
        self._settings_lock = threading.Lock()
        self._reserve = Reserve(paths.reserve)
        self._backups = Backups(paths.backups, clock)
        with contextlib.ExitStack() as opened:
            opened.callback(lock.release)
            self._reserve.fill()
            self._owner = opened.enter_context(self._open_owner(key))
            library_database = opened.enter_context(self._open_library(key))
            self.runtime = LlamaRuntime(
                self.models.describe(self._settings.model),
                load_adapter=lambda adapter_id: self.learning.versions.file(adapter_id),  # noqa: PLW0108  made further down
                threads=self._settings.threads,
                context_tokens=self._settings.context_tokens,
            )
            opened.callback(self.runtime.close)
            self._embedder = embedder = OnnxEmbedder(self.models.embedder())
            opened.callback(embedder.close)
            self.library = Library(
                library_database,
                embedder,
                text_limit_mb=self._settings.text_limit_mb,
                clock=clock,
                owner=self._owner,
                read_pictures=lambda: self._settings.read_pictures,
            )
            opened.callback(self.library.pages.close)
            self.keeping = Keeping(self.library)
            opened.callback(self.keeping.close)
            self.memory = Memory(self._owner, embedder, clock)
            self.private_words = PrivateWords(self._owner, clock)
            names = OnnxNames(self.models.names)
            opened.callback(names.close)
            self._mask = Masking(self._owner, self.private_words, names, names_wanted=lambda: self._settings.mask_names)
            self.learning = learning = Learning(
                self._owner,
                self.runtime,
                SealedFolder(paths.adapters, key),
                SealedFolder(paths.checkpoints, key),
                embedder,
                prompt_of=lambda turn_id: self.chat.messages(turn_id),  # noqa: PLW0108  made further down
                is_off_limits=lambda turn_id: not self.library.may_teach(self.chat.sources(turn_id)),
                given=lambda: [Given(*answer) for answer in self.chat.answers()],
                clock=clock,
                system=wording("system"),
                ask=asking,
                settings=lambda: self._settings,
                answers=lambda: self.chat.trial_counts(),  # noqa: PLW0108  made further down
                mask=self._mask,
            )
            opened.callback(learning.close)
            self.chat = self._chat_in(
                self._owner,
                answering=learning.answering,
                cite=self.library.cite,
                comparing=learning.comparing,
                drawn=learning.retrieval.drawn,
            )
            self.chat.purge()
            if self._backups.distrusted:  # the program ended in the middle of forgetting
                with contextlib.suppress(HearthsideError):  # no room, say: the next start tries again
                    self._forget_in_backups()
            self._closing = opened.pop_all()

    @classmethod
    def create(
        cls,
        root: Path,
        lock: NewLock,
        *,
        models: Path | None = None,
        clock: Clock = system_clock,
        fresh_start: bool = False,
    ) -> tuple[Self, str]:
        """Make a profile at `root` and open it. Returns it with its recovery code, which is shown this once.

        With `fresh_start` it may take the place of a profile whose files are gone.
        """
        paths, folder = ProfilePaths(root), models or models_dir()
        Models(folder).require(load_settings(paths.settings).model)
        is_new = not paths.root.exists()
        _make_folder(paths)
        owned = ProfileLock(paths)
        try:
            key, code = keys.create(paths, lock, fresh_start=fresh_start)
        except BaseException:
            owned.release()
            if is_new:
                profiles.give_up(paths)
            raise
        return cls(paths, key, owned, folder, clock), code

    @classmethod
    def open(cls, root: Path, unlock: Unlock, *, models: Path | None = None, clock: Clock = system_clock) -> Self:
        """Open the profile at `root`. Raises KeyProblem, Busy("profile_busy"), or what is wrong with its files."""
        paths = ProfilePaths(root)
        owned = ProfileLock(paths)
        try:
            key = keys.unlock(paths, unlock)
            keys.require(paths)
        except BaseException:
            owned.release()
            raise
        return cls(paths, key, owned, models or models_dir(), clock)

    @property
    def settings(self) -> Settings:
        return self._settings

    def walls(self) -> Walls:
        """What this machine refuses those who read documents, tried out. Raises HearthsideError when that fails."""
        return tried()

    def change_lock(self, unlock: Unlock, lock: NewLock) -> None:
        """Lock the profile, and every backup, with `lock` from now on; `unlock` is what opens it so far."""
        keys.change_lock(self.paths, unlock, lock)

    def change_settings(self, settings: Settings) -> None:
        """Keep new settings. Model, threads and context take effect at the next start, the rest at once.

        Raises InputRefused("model_absent") where names are to be masked and what finds them is not there, or
        ("consent_older") where the page about learning that was agreed to does not name what is turned on.
        """
        self._require_named(settings)
        if settings.mask_names:
            self.models.names()
        with self._settings_lock:
            save_settings(self.paths.settings, settings)
            self._settings = settings

    def incognito(self) -> Incognito:
        """A new conversation that is kept nowhere, until its caller closes it. Documents, memory and the adapter in use
        answer in it as ever; a passage it cites is not kept readable when its file changes, for that is written down,
        and nothing is tried in it, for nothing said of its answers counts.
        """
        rows = Unstored(chat_schema.MIGRATIONS)
        chat = self._chat_in(
            rows,
            answering=lambda _turn_id, question: self.learning.answering(None, question),
            cite=lambda _chunk_ids: None,
        )
        return Incognito(rows, chat)

    def rate(
        self, turn_id: str, rating: Literal["up", "down"] | None, reason: str = ""
    ) -> tuple[Turn, Returned | None]:
        """Keep a thumb on the turn; and, where learning is on, as feedback. When ratings have fallen under the adapter
        in use, it is taken out of use, and the second says so."""
        turn = self.chat.set_rating(turn_id, rating)
        self.learning.capture.rate(turn, rating, reason)
        return turn, self.learning.versions.watch()

    def correct(self, turn_id: str, text: str) -> Turn:
        """Replace an answer by what the owner wanted; where learning is on, remember it and learn from it."""
        turn = self.chat.set_correction(turn_id, text)
        if not turn.corrected:  # the draft was given back
            rows = self.learning.capture.feedback(turn_id=turn_id)
            with self._owner.write() as connection:
                self.memory.forget_feedback(connection, [row.id for row in rows])
        feedback = self.learning.capture.correct(turn)
        if feedback is not None and turn.corrected:
            self.memory.remember_correction(turn.question, turn.answer, feedback.id)
        return turn

    def prefer(self, turn_id: str) -> Turn:
        """Choose this answer over its siblings to the same question; where learning is on, as feedback."""
        branch = self.chat.choose(turn_id)
        chosen = next(turn for turn in branch if turn.id == turn_id)
        for sibling_id in chosen.sibling_ids:
            sibling = self.chat.turn(sibling_id)
            if sibling_id != turn_id and sibling.question == chosen.question:
                self.learning.capture.prefer(chosen, sibling)
        return chosen

    def choose(self, turn_id: str, choice: Choice) -> Turn:
        """Say which of two drafts shown side by side is better, by either's turn: that one goes on, where the
        conversation has not gone on yet. Kept, where it may be, as a preference and for the comparison of versions.

        Raises InputRefused("comparison_absent"), ("comparison_chosen") for a second choice, or ("turn_absent").
        """
        shown = self.learning.comparing.of_turn(turn_id)
        left, right = self.chat.turn(shown.left), self.chat.turn(shown.right)
        self.learning.comparing.choose(shown, choice, left, right)
        chosen = right if choice == "right" else left
        if self.chat.turns(shown.thread_id)[-1].id in {left.id, right.id}:
            self.chat.choose(chosen.id)
        return self.chat.turn(chosen.id)

    def compare(self, adapter_id: str, share: float) -> None:
        """Let this share of the answers come as two drafts, one by an adapter and one by what is in use.

        Raises InputRefused("comparison_share"), or what `Comparing.begin` and `change_settings` do.
        """
        if not LEAST <= share <= MOST:
            raise InputRefused("comparison_share", least=f"{LEAST:.0%}", most=f"{MOST:.0%}")
        settings = msgspec.structs.replace(self._settings, side_by_side=share)
        self._require_named(settings)
        self.learning.comparing.begin(adapter_id)
        self.change_settings(settings)

    def stop_comparing(self) -> None:
        """Let no answer come as two drafts any more."""
        self.learning.comparing.end()
        self.change_settings(msgspec.structs.replace(self._settings, side_by_side=0.0))

    def trial_answers(self, trial_id: str) -> list[TrialAnswer]:
        """Which arm of a trial gave which answer, newest first: told once it has ended, so that ratings stay fair.

        Raises InputRefused("trial_absent") or ("trial_blind").
        """
        if self.learning.versions.trial(trial_id).ending is None:
            raise InputRefused("trial_blind")
        return self.chat.trial_answers(trial_id)

    def note(self, turn_id: str, kind: SignalKind) -> None:
        """Keep, where learning is on, what the owner did with an answer without saying anything of it."""
        if self.learning.enabled:
            self.learning.capture.note(self.chat.turn(turn_id), kind)

    def heed(self, turn_id: str) -> None:
        """Keep, where learning is on, what the question of this turn tells of the answer before it."""
        turn = self.chat.turn(turn_id) if self.learning.enabled else None
        if turn is None or turn.parent_id is None:
            return
        before = self.chat.turn(turn.parent_id)
        if before.answer and before.finish != "cancelled" and self.learning.refusal(before) is None:
            for kind in heard_in(turn.question, before.question, self._embedder):
                self.learning.capture.note(before, kind)

    def what_depends(self, **named: Unpack[Forgettable]) -> Dependants:
        """What `forget` with the same arguments would take."""
        rows = self._feedback(named)
        memories = self.memory.of_feedback({row.id for row in rows})
        return msgspec.structs.replace(self.learning.what_depends(rows), memories=len(memories))

    def forget(self, **named: Unpack[Forgettable]) -> ForgetReport:
        """Remove feedback, what memory kept of it, every adapter trained on it, and all of that from the backups.

        Raises InputRefused("feedback_absent"), ("turn_absent"), ("thread_absent") or ("root_absent") for what is not
        there.
        """
        rows = self._feedback(named)

        def erase(connection: apsw.Connection) -> None:
            self._backups.distrust()
            self._mask.forget(connection)
            self.memory.forget_feedback(connection, [row.id for row in rows])
            said = [row for row in rows if row.kind not in MARKS]
            self.chat.withdraw_feedback(connection, [row.turn_id for row in said if row.turn_id is not None])

        receipt = self.learning.forget(rows, beside=erase)
        backups = len(self._backups.listed())
        self._forget_in_backups()
        return msgspec.structs.replace(receipt, backups_rewritten=backups)

    def export(self, folder: Path) -> list[str]:
        """Write what is the owner's into the new `folder` as plain files; their names."""
        return write_all(
            folder,
            chat=self.chat,
            memory=self.memory,
            learning=self.learning,
            words=self.private_words,
            library=self.library,
            settings=self._settings,
        )

    def back_up(self) -> None:
        """Take a verified backup of what cannot be made again, if the newest is older than a day."""
        if self._backups.due():
            self._backups.take(self._owner)

    def _require_named(self, settings: Settings) -> None:
        unnamed = self.learning.unnamed(self._settings, settings)
        if unnamed:
            raise InputRefused("consent_older", settings=", ".join(say(f"window.setting_{name}") for name in unnamed))

    def _feedback(self, named: Forgettable) -> list[Feedback]:
        folder = named.get("folder")
        if folder is None:
            turn_id, thread_id = named.get("turn_id"), named.get("thread_id")
            rows = self.learning.capture.feedback(
                feedback_id=named.get("feedback_id"),
                turn_id=turn_id,
                thread_id=thread_id,
                everything=named.get("everything", False),
            )
            if not rows and turn_id is not None:
                self.chat.turn(turn_id)  # refuses one that is not there; of one that is, nothing was said
            if not rows and thread_id is not None:
                self.chat.turns(thread_id)
            return rows
        within = self.library.chunks_under(folder)
        rows = self.learning.capture.feedback(everything=True)
        return [
            row for row in rows if row.turn_id is not None and not within.isdisjoint(self.chat.sources(row.turn_id))
        ]

    def _chat_in(
        self,
        rows: Rows,
        *,
        answering: Callable[[str, str], Answering],
        cite: Callable[[Sequence[str]], None],
        comparing: Comparing | None = None,
        drawn: Draw = undrawn,
    ) -> Chat:
        return Chat(
            rows,
            self.runtime,
            self.library,
            self.memory,
            settings=lambda: self._settings,
            answering=answering,
            clock=self._clock,
            cite=cite,
            comparing=comparing,
            drawn=drawn,
            make_way=self.learning.make_way,
        )

    def _forget_in_backups(self) -> None:
        self._owner.checkpoint()
        self._owner.freeing(lambda: self._backups.replace_all(self._owner))

    def _open_owner(self, key: DataKey) -> Database:
        return Database.open(
            self.paths.owner_db,
            key.derive(_OWNER),
            OWNER_MIGRATIONS,
            durable=True,
            backups=self.paths.backups,
            reserve=self._reserve,
        )

    def _open_library(self, key: DataKey) -> Database:
        """The library, or an empty one in its place when it is damaged: it can be made again from the files."""
        path, secret = self.paths.library_db, key.derive(_LIBRARY)
        try:
            return Database.open(path, secret, library_schema.MIGRATIONS, durable=False, reserve=self._reserve)
        except HearthsideError as error:
            if error.code not in _REBUILT:
                raise
            remove_database(path)
            return Database.open(path, secret, library_schema.MIGRATIONS, durable=False, reserve=self._reserve)

    def close(self) -> None:
        """End the workers, close the databases, let go of the profile. Later calls do nothing."""
        self._closing.close()
