"""The ways to lock a data key, and where the secret of each comes from: the keyring, a person, a file, paper."""

import unicodedata
from pathlib import Path

from engine.errors import InputRefused, KeyProblem
from engine.ids import new_id
from engine.store import key_file, os_keyring, wrapping
from engine.store.recovery_code import secret_of
from engine.store.values import NewLock, Unlock, WithKeyFile, WithKeyring, WithPassphrase, WithRecoveryCode
from engine.store.wrapping import Keys, Lock, Wrapped

_PASSPHRASE_CHARACTERS = 8


def put_behind(lock: NewLock, data_key: bytes, profile: str) -> Wrapped:
    """`data_key` wrapped by a new everyday lock. The keyring keeps a new secret for it under a name never used before.

    Raises KeyProblem, or InputRefused("passphrase_short").
    """
    match lock:
        case WithKeyring():
            account = new_id()
            kept = os_keyring.keep_new_secret(account)
            return wrapping.wrap(
                data_key, kept.secret, lock="keyring", profile=profile, backend=kept.backend, account=account
            )
        case WithPassphrase(passphrase):
            if len(passphrase) < _PASSPHRASE_CHARACTERS:
                raise InputRefused("passphrase_short", characters=_PASSPHRASE_CHARACTERS)
            return wrapping.wrap(data_key, _normal(passphrase), lock="passphrase", profile=profile)
        case WithKeyFile(path):
            return wrapping.wrap(data_key, key_file.read(path), lock="key_file", profile=profile)


def put_behind_code(code: str, data_key: bytes, profile: str) -> Wrapped:
    """`data_key` wrapped by a recovery code."""
    return wrapping.wrap(data_key, secret_of(code), lock="recovery", profile=profile)


def take_out(keys: Keys, how: Unlock, path: Path) -> bytes:
    """The data key in `keys` (read from `path`). Raises KeyProblem("lock_absent"), ("key_wrong") and those of `how`."""
    wrapped = _lock_for(keys, how)
    data_key = wrapping.unwrap(wrapped, _secret_for(how, wrapped), profile=keys.profile)
    if data_key is None:
        raise KeyProblem("key_wrong", path=str(path))
    return data_key


def take_off(wrapped: Wrapped) -> None:
    """Let the keyring forget the secret of a lock that is not used any more. Raises KeyProblem."""
    if wrapped.lock == "keyring":
        os_keyring.drop(wrapped.account, wrapped.backend)


def _lock_for(keys: Keys, how: Unlock) -> Wrapped:
    kinds = _kinds(how)
    for kind in kinds:
        if wrapped := keys.behind(kind):
            return wrapped
    raise KeyProblem("lock_absent", lock=kinds[0], locks=", ".join(wrapped.lock for wrapped in keys.wrapped))


def _kinds(how: Unlock) -> list[Lock]:
    """The locks that `how` opens. A key file opens a passphrase's too, so that scripts can use any profile."""
    match how:
        case WithKeyring():
            return ["keyring"]
        case WithPassphrase():
            return ["passphrase"]
        case WithKeyFile():
            return ["key_file", "passphrase"]
        case WithRecoveryCode():
            return ["recovery"]


def _secret_for(how: Unlock, wrapped: Wrapped) -> bytes:
    match how:
        case WithKeyring():
            return os_keyring.fetch(wrapped.account, wrapped.backend)
        case WithPassphrase(passphrase):
            return _normal(passphrase)
        case WithKeyFile(path):
            data = key_file.read(path)
            return data if wrapped.lock == "key_file" else _typed_in(data)
        case WithRecoveryCode(code):
            return secret_of(code)


def _typed_in(data: bytes) -> bytes:
    """The passphrase that a file holds as text; an editor's last line end is not part of it."""
    return _normal(data.decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r"))


def _normal(passphrase: str) -> bytes:
    """One spelling of each character: keyboards and systems differ in how they compose accents."""
    return unicodedata.normalize("NFC", passphrase).encode()
