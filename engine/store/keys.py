"""The profile's data key, and the locks around it: the OS keyring, a passphrase or a key file, and a recovery code."""

import contextlib
import os
from pathlib import Path

import msgspec

from engine.errors import HearthsideError, InputRefused, KeyProblem
from engine.ids import new_id
from engine.paths import ProfilePaths
from engine.store import locks, wrapping
from engine.store.backups import Backups
from engine.store.failures import explained
from engine.store.recovery_code import new_recovery_code
from engine.store.values import NewLock, ProfileFound, ProfileState, Unlock
from engine.store.wrapping import Keys, Wrapped

_FORMAT = b"\x01"
_NONCE_BYTES = 12


class DataKey:
    """The random 256-bit key of one profile. Nothing is encrypted with it directly: each purpose gets its own."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a data key has 32 bytes")
        self._secret = secret

    def derive(self, purpose: str) -> bytes:
        """32 bytes for `purpose` (HKDF-SHA256), the same each time; of no help in finding any other purpose's."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length=32, salt=None, info=b"hearthside " + purpose.encode()).derive(self._secret)

    def seal(self, data: bytes, purpose: str) -> bytes:
        """`data` encrypted and authenticated (ChaCha20-Poly1305) for `purpose`; it opens for no other."""
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        nonce = os.urandom(_NONCE_BYTES)
        cipher = ChaCha20Poly1305(self.derive(f"seal {purpose}"))
        return _FORMAT + nonce + cipher.encrypt(nonce, data, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for `purpose`. Raises HearthsideError("sealed_damaged") if one bit differs."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _FORMAT or len(nonce) < _NONCE_BYTES:
            raise HearthsideError("sealed_damaged", purpose=purpose)
        try:
            return ChaCha20Poly1305(self.derive(f"seal {purpose}")).decrypt(nonce, rest, purpose.encode())
        except InvalidTag as error:
            raise HearthsideError("sealed_damaged", purpose=purpose) from error

    def __repr__(self) -> str:
        return "DataKey(…)"


def create(paths: ProfilePaths, lock: NewLock, *, fresh_start: bool = False) -> tuple[DataKey, str]:
    """A new profile's data key behind `lock`, and the recovery code: the one time it can be read.

    Refuses to replace a profile (InputRefused "profile_exists"); with `fresh_start` it may take the place of one whose
    files are gone. Writes nothing when the lock cannot be made (KeyProblem, InputRefused "passphrase_short").
    """
    state = find(paths).state
    if state is not ProfileState.ABSENT and not (fresh_start and state is ProfileState.FILES_GONE):
        raise InputRefused("profile_exists", path=str(paths.root))
    with explained(paths.root):
        paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret, profile, code = os.urandom(32), new_id(), new_recovery_code()
    everyday = locks.put_behind(lock, secret, profile)
    recovery = locks.put_behind_code(code, secret, profile)
    _save(paths, Keys(profile=profile, check=_check_value(secret), wrapped=[everyday, recovery]), new=everyday)
    return DataKey(secret), code


def unlock(paths: ProfilePaths, how: Unlock, *, backup: Path | None = None) -> DataKey:
    """The data key, opened by one of its locks; with `backup`, by the keys.json kept beside that backup.

    Raises KeyProblem: "key_wrong", "lock_absent" (this profile is not locked that way), "keys_damaged",
    "profile_keys_gone", and the codes of `os_keyring.fetch`, `key_file.read` and `recovery_code.secret_of`;
    InputRefused("profile_absent").
    """
    if backup is None:
        return DataKey(_open(_load(paths), how, paths.keys))
    beside = backup / paths.keys.name
    return DataKey(_open(wrapping.load(beside), how, beside))


def change_lock(paths: ProfilePaths, how: Unlock, new: NewLock) -> DataKey:
    """Open with `how`, then let `new` take the place of the everyday lock, here and beside every backup.

    The data key and the recovery code stay. This is the way on after the keyring or a passphrase was lost.
    """
    keys = _load(paths)
    secret = _open(keys, how, paths.keys)
    everyday = locks.put_behind(new, secret, keys.profile)
    recovery = [wrapped for wrapped in keys.wrapped if wrapped.lock == "recovery"]
    _save(paths, msgspec.structs.replace(keys, wrapped=[everyday, *recovery]), new=everyday)
    for wrapped in keys.wrapped:
        with contextlib.suppress(KeyProblem):  # it opens nothing any more, and its keyring may be gone
            locks.take_off(wrapped)
    return DataKey(secret)


def change_recovery_code(paths: ProfilePaths, how: Unlock) -> str:
    """Open with `how` and make a new recovery code, shown once; the old one opens nothing any more."""
    keys = _load(paths)
    secret, code = _open(keys, how, paths.keys), new_recovery_code()
    recovery = locks.put_behind_code(code, secret, keys.profile)
    everyday = [wrapped for wrapped in keys.wrapped if wrapped.lock != "recovery"]
    _save(paths, msgspec.structs.replace(keys, wrapped=[*everyday, recovery]), new=recovery)
    return code


def discard(paths: ProfilePaths) -> None:
    """Take this profile's secret out of the keyring, as far as it answers, before the profile is destroyed."""
    with contextlib.suppress(KeyProblem, FileNotFoundError):
        for wrapped in wrapping.load(paths.keys).wrapped:
            with contextlib.suppress(KeyProblem):
                locks.take_off(wrapped)


def find(paths: ProfilePaths) -> ProfileFound:
    """What stands at `paths`, told without any key and without asking the keyring."""
    backups = Backups(paths.backups).listed()
    if not paths.keys.exists():
        gone = ProfileState.FILES_GONE if backups else ProfileState.ABSENT
        return ProfileFound(ProfileState.KEYS_GONE if paths.owner_db.exists() else gone, [], backups)
    try:
        keys = wrapping.load(paths.keys)
    except KeyProblem:
        return ProfileFound(ProfileState.KEYS_GONE, [], backups)
    state = ProfileState.READY if paths.owner_db.exists() else ProfileState.FILES_GONE
    return ProfileFound(state, [wrapped.lock for wrapped in keys.wrapped if wrapped.lock != "recovery"], backups)


def require(paths: ProfilePaths) -> None:
    """Raise unless a profile is there to be opened: InputRefused("profile_absent"), or KeyProblem with the code
    "profile_files_gone" (offer `Backups.restore` or a fresh start), "profile_keys_gone" or "keys_damaged"."""
    _load(paths)
    found = find(paths)
    if found.state is ProfileState.FILES_GONE:
        raise KeyProblem("profile_files_gone", path=str(paths.root), backups=len(found.backups))


def _load(paths: ProfilePaths) -> Keys:
    try:
        return wrapping.load(paths.keys)
    except FileNotFoundError as error:
        found = find(paths)
        if found.state is ProfileState.ABSENT:
            raise InputRefused("profile_absent", path=str(paths.root)) from error
        code = "profile_keys_gone" if found.state is ProfileState.KEYS_GONE else "profile_files_gone"
        raise KeyProblem(code, path=str(paths.root), backups=len(found.backups)) from error


def _open(keys: Keys, how: Unlock, path: Path) -> bytes:
    """The data key's bytes, checked to be those this file was made for."""
    secret = locks.take_out(keys, how, path)
    if _check_value(secret) != keys.check:
        raise KeyProblem("keys_damaged", path=str(path))
    return secret


def _save(paths: ProfilePaths, keys: Keys, *, new: Wrapped) -> None:
    """Write keys.json, here and beside the backups; when that fails, no secret of the new lock stays behind."""
    try:
        wrapping.save(paths.keys, keys)
    except BaseException:
        with contextlib.suppress(KeyProblem):
            locks.take_off(new)
        raise
    Backups(paths.backups).refresh_keys()


def _check_value(secret: bytes) -> bytes:
    return DataKey(secret).derive("key check")[:16]
