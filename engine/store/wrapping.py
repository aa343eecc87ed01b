"""keys.json: the data key, wrapped once by each lock that opens the profile. It holds no secret in the clear."""

import os
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from engine.durable import write_atomically
from engine.errors import HearthsideError, KeyProblem
from engine.store.failures import explained

Lock = Literal["keyring", "passphrase", "key_file", "recovery"]

_VERSION = 1
_SALT_BYTES = 16
_NONCE_BYTES = 12


class Argon2(Struct, frozen=True):
    """Cost of Argon2id; the bounds keep a damaged file from asking for the whole machine.

    The defaults are the second recommendation of RFC 9106, for machines with little memory.
    """

    memory_kib: Annotated[int, Meta(ge=8, le=1024 * 1024)] = 64 * 1024
    iterations: Annotated[int, Meta(ge=1, le=100)] = 3
    lanes: Annotated[int, Meta(ge=1, le=16)] = 4


class Wrapped(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The data key, encrypted under a secret. `argon2` stands where a person chose the secret; `backend` and
    `account` say where the operating system keeps it."""

    lock: Lock
    salt: bytes
    sealed: bytes
    argon2: Argon2 | None = None
    backend: str = ""
    account: str = ""


class Keys(Struct, frozen=True, kw_only=True):
    """`check` is derived from the data key: it tells which data key this is without telling anything of it."""

    version: int = _VERSION
    profile: str
    check: bytes
    wrapped: list[Wrapped]

    def behind(self, lock: Lock) -> Wrapped | None:
        return next((wrapped for wrapped in self.wrapped if wrapped.lock == lock), None)


class _Versioned(Struct):
    version: int


def load(path: Path) -> Keys:
    """Raises KeyProblem("keys_damaged"), HearthsideError("keys_newer") or FileNotFoundError."""
    data = path.read_bytes()
    try:
        if msgspec.json.decode(data, type=_Versioned).version > _VERSION:
            raise HearthsideError("keys_newer", path=str(path))
        return msgspec.json.decode(data, type=Keys)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KeyProblem("keys_damaged", path=str(path)) from error


def save(path: Path, keys: Keys) -> None:
    with explained(path):
        write_atomically(path, msgspec.json.format(msgspec.json.encode(keys)))


def same_profile(one: Path, other: Path) -> bool:
    """Whether both files are there, readable, and wrap the same data key."""
    try:
        return load(one).check == load(other).check
    except (FileNotFoundError, HearthsideError):
        return False


def wrap(data_key: bytes, secret: bytes, *, lock: Lock, profile: str, backend: str = "", account: str = "") -> Wrapped:
    """`data_key` behind `secret`: stretched with Argon2id when a person chose it, else random already."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    argon2 = Argon2() if lock in {"passphrase", "key_file"} else None
    cipher = ChaCha20Poly1305(_wrapping_key(secret, salt, argon2))
    sealed = nonce + cipher.encrypt(nonce, data_key, _bound_to(lock, profile))
    return Wrapped(lock=lock, salt=salt, sealed=sealed, argon2=argon2, backend=backend, account=account)


def unwrap(wrapped: Wrapped, secret: bytes, *, profile: str) -> bytes | None:
    """The data key, or None if `secret` is not the one it was wrapped with."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher = ChaCha20Poly1305(_wrapping_key(secret, wrapped.salt, wrapped.argon2))
    nonce, sealed = wrapped.sealed[:_NONCE_BYTES], wrapped.sealed[_NONCE_BYTES:]
    try:
        return cipher.decrypt(nonce, sealed, _bound_to(wrapped.lock, profile))
    except (InvalidTag, ValueError):  # ValueError: the file was edited and its nonce is short
        return None


def _wrapping_key(secret: bytes, salt: bytes, argon2: Argon2 | None) -> bytes:
    if argon2 is None:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length=32, salt=salt, info=b"hearthside lock").derive(secret)
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    cost = Argon2id(
        salt=salt, length=32, iterations=argon2.iterations, lanes=argon2.lanes, memory_cost=argon2.memory_kib
    )
    return cost.derive(secret)


def _bound_to(lock: Lock, profile: str) -> bytes:
    return f"hearthside {_VERSION} {lock} {profile}".encode()
