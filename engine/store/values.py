"""The plain values of the store: ways to unlock a profile, and the state a profile is found in."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct


class WithKeyring(Struct, frozen=True):
    """The operating system's keyring holds the secret that wraps the data key."""


class WithPassphrase(Struct, frozen=True):
    passphrase: str


class WithKeyFile(Struct, frozen=True):
    """A file of the owner's, readable by them alone, whose bytes are used like a passphrase."""

    path: Path


class WithRecoveryCode(Struct, frozen=True):
    code: str


Unlock = WithKeyring | WithPassphrase | WithKeyFile | WithRecoveryCode
NewLock = WithKeyring | WithPassphrase | WithKeyFile


class ProfileState(StrEnum):
    """What stands at a profile's path, told without its key. "unreadable" is said in the list of profiles alone, where
    it must not stop the others from being listed."""

    ABSENT = "absent"
    READY = "ready"
    FILES_GONE = "files_gone"
    KEYS_GONE = "keys_gone"
    UNREADABLE = "unreadable"


class ProfileFound(Struct, frozen=True):
    """The state, which locks open it ("keyring", "passphrase", "key_file"), and the backups that could restore it."""

    state: ProfileState
    locks: list[str]
    backups: list[Path]


class Profile(Struct, frozen=True, kw_only=True):
    """One of the profiles of this machine: what it is called, its state and locks as in `ProfileFound`, and when it was
    last used (UTC milliseconds; None for never)."""

    root: Path
    name: str
    state: ProfileState
    locks: list[str]
    used_ms: int | None

    @property
    def opens_alone(self) -> bool:
        """Whether the keyring may open it without a question."""
        return self.state is ProfileState.READY and "keyring" in self.locks

    @property
    def is_profile(self) -> bool:
        """Whether somebody's profile stands there, if only a part of it."""
        return self.state not in {ProfileState.ABSENT, ProfileState.UNREADABLE}
