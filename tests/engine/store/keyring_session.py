"""Tests that run inside a D-Bus session of their own, against a real gnome-keyring (see test_keyring.py)."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import secretstorage
from jeepney import MatchRule, message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

from engine.errors import KeyProblem
from engine.paths import ProfilePaths
from engine.store import keys, os_keyring, wrapping
from engine.store.values import WithKeyring, WithPassphrase, WithRecoveryCode


@pytest.fixture(scope="module")
def keyring() -> Iterator[subprocess.Popen[bytes]]:
    """The daemon, unlocked; started by hand because one that D-Bus starts would ask for a password in a window."""
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    with secret_service_appears():
        daemon = subprocess.Popen(command, stdin=subprocess.PIPE)
        assert daemon.stdin
        daemon.stdin.write(b"login password")
        daemon.stdin.close()
    yield daemon
    daemon.kill()
    daemon.wait()


@contextlib.contextmanager
def secret_service_appears() -> Iterator[None]:
    """Leave the block once somebody serves secrets on the session's bus."""
    name = "org.freedesktop.secrets"
    rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
    rule.add_arg_condition(0, name)
    with open_dbus_connection() as bus, bus.filter(rule) as appeared:
        assert not Proxy(message_bus, bus).NameHasOwner(name)[0]
        Proxy(message_bus, bus).AddMatch(rule)
        yield
        bus.recv_until_filtered(appeared, timeout=30)


@pytest.fixture
def login(keyring: subprocess.Popen[bytes]) -> Iterator[secretstorage.Collection]:
    """The keyring as its owner's other programs see it."""
    with secretstorage.dbus_init() as bus:
        yield secretstorage.get_default_collection(bus)


def kept(login: secretstorage.Collection) -> dict[str, secretstorage.Item]:
    return {item.get_attributes()["username"]: item for item in login.get_all_items()}


def account_of(paths: ProfilePaths) -> str:
    wrapped = wrapping.load(paths.keys).behind("keyring")
    assert wrapped
    return wrapped.account


def refuses(paths: ProfilePaths, code: str) -> None:
    before = paths.keys.read_bytes()
    with pytest.raises(KeyProblem) as refusal:
        keys.unlock(paths, WithKeyring())
    assert refusal.value.code == code
    assert paths.keys.read_bytes() == before


@pytest.fixture
def paths(tmp_path: Path) -> ProfilePaths:
    return ProfilePaths(tmp_path / "profile")


def test_the_keyring_opens_what_it_locked(paths: ProfilePaths, login: secretstorage.Collection) -> None:
    data_key, _ = keys.create(paths, WithKeyring())
    assert keys.unlock(paths, WithKeyring()).derive("any") == data_key.derive("any")
    assert keys.find(paths).locks == ["keyring"]
    secret = kept(login)[account_of(paths)].get_secret()
    assert secret not in paths.keys.read_bytes()
    assert data_key._secret.hex().encode() not in secret


def test_a_key_deleted_from_the_keyring(paths: ProfilePaths, login: secretstorage.Collection) -> None:
    data_key, code = keys.create(paths, WithKeyring())
    kept(login)[account_of(paths)].delete()
    refuses(paths, "keyring_key_missing")
    assert keys.unlock(paths, WithRecoveryCode(code)).derive("any") == data_key.derive("any")


def test_a_key_changed_in_the_keyring(paths: ProfilePaths, login: secretstorage.Collection) -> None:
    keys.create(paths, WithKeyring())
    kept(login)[account_of(paths)].set_secret(b"something else")
    refuses(paths, "key_wrong")


def test_a_new_lock_after_recovery(paths: ProfilePaths, login: secretstorage.Collection) -> None:
    data_key, code = keys.create(paths, WithKeyring())
    first = account_of(paths)
    keys.change_lock(paths, WithRecoveryCode(code), WithKeyring())
    assert keys.unlock(paths, WithKeyring()).derive("any") == data_key.derive("any")
    second = account_of(paths)
    assert first not in kept(login)
    keys.change_lock(paths, WithKeyring(), WithPassphrase("correct horse"))
    assert second not in kept(login)
    assert keys.find(paths).locks == ["passphrase"]


def test_nothing_stays_in_the_keyring_when_the_profile_cannot_be_written(
    paths: ProfilePaths, login: secretstorage.Collection
) -> None:
    before = set(kept(login))
    paths.keys.mkdir(parents=True)  # keys.json cannot be renamed onto a folder
    with pytest.raises(OSError):
        keys._save(
            paths,
            wrapping.Keys(profile="p", check=b"", wrapped=[]),
            new=keys.locks.put_behind(WithKeyring(), bytes(32), "p"),
        )
    assert set(kept(login)) == before


def test_a_locked_keyring_whose_question_nobody_answers(paths: ProfilePaths, login: secretstorage.Collection) -> None:
    keys.create(paths, WithKeyring())
    login.lock()
    refuses(paths, "keyring_locked")


def test_a_keyring_that_does_not_answer(paths: ProfilePaths, keyring: subprocess.Popen[bytes]) -> None:
    os.kill(keyring.pid, signal.SIGSTOP)
    try:
        with pytest.raises(KeyProblem, match="keyring_no_answer"):
            os_keyring.fetch("anybody", timeout_s=0.5)
    finally:
        os.kill(keyring.pid, signal.SIGCONT)
