"""The operating system's keyring: keeps one random secret a profile, and answers within five seconds or not at all."""

import importlib
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from engine.errors import KeyProblem

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "Hearthside"
_SECRET_BYTES = 32
_TIMEOUT_S = 5.0

# Backends that hand the secret to the operating system's own encrypted store, in the order they are tried. No other is
# ever used, whatever the machine's configuration says: not keyring's null, not a file-based one, plain text among them.
_TRUSTED = (
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.libsecret.Keyring",
)

Answer = TypeVar("Answer")


class Kept(NamedTuple):
    """A secret, and the backend that keeps it."""

    secret: bytes
    backend: str


def keep_new_secret(account: str, *, timeout_s: float = _TIMEOUT_S) -> Kept:
    """A new random secret, kept under `account` and read back. Raises KeyProblem as `fetch` does."""
    return _answer(lambda: _keep(account), timeout_s)


def fetch(account: str, backend: str = "", *, timeout_s: float = _TIMEOUT_S) -> bytes:
    """The secret kept under `account`, from `backend` if that one is still there.

    Raises KeyProblem with the code "keyring_absent", "keyring_locked" (or its prompt was dismissed),
    "keyring_key_missing", "keyring_no_answer" or "keyring_failed".
    """
    return _answer(lambda: _fetch(account, backend), timeout_s)


def drop(account: str, backend: str = "", *, timeout_s: float = _TIMEOUT_S) -> None:
    """Delete what is kept under `account`. Raises KeyProblem as `fetch` does."""
    _answer(lambda: _backend(backend).delete_password(_SERVICE, account), timeout_s)


def _keep(account: str) -> Kept:
    secret = secrets.token_hex(_SECRET_BYTES)
    backend = _backend()
    backend.set_password(_SERVICE, account, secret)
    if backend.get_password(_SERVICE, account) != secret:
        raise KeyProblem("keyring_failed", reason="it did not give back what was stored")
    return Kept(secret.encode(), _name(backend))


def _fetch(account: str, preferred: str) -> bytes:
    backend = _backend(preferred)
    secret = backend.get_password(_SERVICE, account)
    if secret is None:
        raise KeyProblem("keyring_key_missing", backend=_name(backend), expected=preferred or _name(backend))
    return secret.encode()


def _backend(preferred: str = "") -> "KeyringBackend":
    for name in sorted(_TRUSTED, key=lambda name: name != preferred):
        module, _, class_name = name.rpartition(".")
        backend: type[KeyringBackend] = getattr(importlib.import_module(module), class_name)
        if backend.viable:
            return backend()
    raise KeyProblem("keyring_absent")


def _name(backend: "KeyringBackend") -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _answer(ask: Callable[[], Answer], timeout_s: float) -> Answer:
    """What `ask` returns or raises, from a thread that is left behind if it hangs."""
    answers: list[Answer] = []
    problems: list[KeyProblem] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as error:  # noqa: BLE001 -- raised in the thread that asked
            problem = _problem(error)
            if problem is not error:
                problem.__cause__ = error
            problems.append(problem)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if problems:
        raise problems[0]
    if not answers:
        raise KeyProblem("keyring_no_answer", seconds=round(timeout_s))
    return answers[0]


def _problem(error: Exception) -> KeyProblem:
    from keyring import errors

    if isinstance(error, KeyProblem):
        return error
    if isinstance(error, errors.KeyringLocked) or "dismissed" in str(error).lower():
        return KeyProblem("keyring_locked")
    if isinstance(error, (errors.NoKeyringError, errors.InitError)):
        return KeyProblem("keyring_absent")
    return KeyProblem("keyring_failed", reason=type(error).__name__)
