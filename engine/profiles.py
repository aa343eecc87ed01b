"""The profiles of this machine: who has one, what each is called, which was used last.

Each is a folder of its own, with its own key, databases and adapters; models are shared. What a profile is called
stands in its `profile.json`, and when each was used in `used.json` beside the folders. Neither is encrypted: names are
no secret, for whoever sits down must be able to pick their own before anything is unlocked.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.clock import Clock, system_clock
from engine.durable import write_atomically
from engine.errors import HearthsideError, InputRefused
from engine.paths import ProfilePaths, default_profile, profiles_dir
from engine.store.values import Profile, ProfileState

NAME_CHARACTERS = 60
_FOLDER_CHARACTERS = 40
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # names that Windows keeps for itself
_SEPARATORS = frozenset("/\\")


class _Called(msgspec.Struct):
    name: str


def listed() -> list[Profile]:
    """Every folder among the profiles, last used first. One that holds no profile, or a broken one, says so by its
    state; no key is needed and no keyring asked."""
    used = _used()
    try:
        folders = [path for path in profiles_dir().iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return []
    known = [_found(folder, used.get(folder.name)) for folder in folders]
    return sorted(known, key=lambda one: (-(one.used_ms or 0), one.name.casefold()))


def name_of(root: Path) -> str:
    """What the profile at `root` is called: its folder's name where it was given none that can be read."""
    try:
        return _checked(msgspec.json.decode(ProfilePaths(root).called.read_bytes(), type=_Called).name)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, InputRefused):
        return ProfilePaths(root).root.name


def resolve(text: str) -> Path:
    """The folder, absolute, that `--profile TEXT` means: a path separator, or a folder that is there, means a folder;
    anything else a name.

    Raises InputRefused("profile_unknown") or ("profile_ambiguous").
    """
    if _SEPARATORS & set(text) or Path(text).is_dir():
        return ProfilePaths(Path(text)).root
    known = listed()
    named = [one for one in known if _alike(one.name, text)] or [one for one in known if one.root.name == text]
    if not named:
        raise InputRefused("profile_unknown", name=text)
    if len(named) > 1:
        raise InputRefused("profile_ambiguous", name=text, folders=", ".join(str(one.root) for one in named))
    return named[0].root


def free_name(name: str, but: Path | None = None) -> str:
    """`name` as it is kept, where no other profile has it. Raises InputRefused("profile_name_refused") or
    ("profile_name_taken")."""
    kept = _checked(name)
    others = (one for one in listed() if but is None or one.root != ProfilePaths(but).root)
    if any(_alike(one.name, kept) for one in others):
        raise InputRefused("profile_name_taken", name=kept)
    return kept


@contextlib.contextmanager
def claimed(name: str) -> Iterator[Path]:
    """A new folder among the profiles, called `name`, for the block to make a profile in. It goes again if that fails.

    Raises InputRefused("profile_name_refused") or ("profile_name_taken").
    """
    kept = free_name(name)
    root = _new_folder(kept)
    try:
        _call(root, kept)
        yield root
    except BaseException:
        give_up(ProfilePaths(root))
        raise


def give_up(paths: ProfilePaths) -> None:
    """Remove a folder that was made for a profile, where none was made in it."""
    if paths.keys.exists():
        return
    with contextlib.suppress(OSError):
        paths.called.unlink(missing_ok=True)
        paths.lock.unlink(missing_ok=True)
        paths.root.rmdir()


def rename(root: Path, name: str) -> str:
    """Call the profile at `root` something else; the name as it is kept. Its folder stays.

    Raises InputRefused("profile_name_refused"), ("profile_name_taken") or ("profile_absent").
    """
    kept = free_name(name, but=root)
    if not root.is_dir():
        raise InputRefused("profile_absent", path=str(root))
    _call(root, kept)
    return kept


def agreed(root: Path, name: str) -> str:
    """`name`, where that is what the profile at `root` is called: so somebody says which one is to be erased.

    Raises InputRefused("profile_name_differs").
    """
    if not _alike(" ".join(name.split()), name_of(root)):
        raise InputRefused("profile_name_differs", name=name_of(root))
    return name


def last_used() -> Path:
    """The profile that was used last and is still there; the default one, which may not be there yet, when none was."""
    used = _used()
    there = [name for name in used if _is_here(profiles_dir() / name) and (profiles_dir() / name).is_dir()]
    return profiles_dir() / max(there, key=lambda name: used[name]) if there else default_profile()


def note_use(root: Path, clock: Clock = system_clock) -> None:
    """Keep that the profile at `root` is used now. One that lies elsewhere is opened by its path, and not kept."""
    if _is_here(root):
        _keep_used(_used() | {root.name: clock()})


def forget_use(root: Path) -> None:
    """Keep nothing of a profile that was erased."""
    if _is_here(root) and root.name in (used := _used()):
        _keep_used({name: at for name, at in used.items() if name != root.name})


def _call(root: Path, name: str) -> None:
    from engine.store.failures import explained

    called = ProfilePaths(root).called
    with explained(called):
        write_atomically(called, msgspec.json.format(msgspec.json.encode(_Called(name))))


def _found(folder: Path, used_ms: int | None) -> Profile:
    from engine.store import keys

    state, locks = ProfileState.UNREADABLE, list[str]()
    with contextlib.suppress(OSError, HearthsideError):
        found = keys.find(ProfilePaths(folder))
        state, locks = found.state, found.locks
    return Profile(root=folder, name=name_of(folder), state=state, locks=locks, used_ms=used_ms)


def _checked(name: str) -> str:
    """`name` with single spaces. It must be short and printable, and must not read as a path."""
    tidy = unicodedata.normalize("NFC", " ".join(name.split()))
    if not tidy or len(tidy) > NAME_CHARACTERS or not tidy.isprintable() or _SEPARATORS & set(tidy):
        raise InputRefused("profile_name_refused", characters=NAME_CHARACTERS)
    return tidy


def _alike(one: str, other: str) -> bool:
    return unicodedata.normalize("NFKC", one).casefold() == unicodedata.normalize("NFKC", other).casefold()


def _new_folder(name: str) -> Path:
    """A folder made for `name`: lower-case ASCII that every system takes, with a number where it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_FOLDER_CHARACTERS].strip("-")
    if not slug or _DEVICES.fullmatch(slug):
        slug = f"profile-{slug}".strip("-")
    number = 1
    while True:
        root = profiles_dir() / (slug if number == 1 else f"{slug}-{number}")
        try:
            root.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            number += 1
        else:
            return root


def _is_here(root: Path) -> bool:
    return ProfilePaths(root).root.parent == profiles_dir()


def _used() -> dict[str, int]:
    """When each folder was used last; nothing where the file cannot be read, for nothing but an order hangs on it."""
    try:
        return msgspec.json.decode((profiles_dir() / "used.json").read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _keep_used(used: dict[str, int]) -> None:
    write_atomically(profiles_dir() / "used.json", msgspec.json.encode(used))
