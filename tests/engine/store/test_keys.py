"""The locks around the data key: which opens, which refuses and how it says so, and what each leaves on the disk."""

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import HearthsideError, InputRefused, KeyProblem
from engine.paths import ProfilePaths
from engine.store import keys
from engine.store.backups import Backups
from engine.store.recovery_code import _check, new_recovery_code, secret_of
from engine.store.values import (
    NewLock,
    ProfileState,
    WithKeyFile,
    WithKeyring,
    WithPassphrase,
    WithRecoveryCode,
)
from tests.engine.store.conftest import open_notes

HORSE = WithPassphrase("correct horse")
CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BATTERY = WithPassphrase("battery staple")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(b"\x00\xff some bytes \n")
    path.chmod(0o600)
    return path


def test_every_lock_opens_the_same_key(paths: ProfilePaths, key_file: Path) -> None:
    data_key, code = keys.create(paths, WithKeyFile(key_file))
    for how in (WithKeyFile(key_file), WithRecoveryCode(code), WithRecoveryCode(code.lower().replace("-", " "))):
        assert keys.unlock(paths, how).derive("any") == data_key.derive("any")


def test_two_profiles_never_share_a_key(tmp_path: Path) -> None:
    made = [keys.create(ProfilePaths(tmp_path / name), HORSE) for name in ("one", "two")]
    assert made[0][0].derive("any") != made[1][0].derive("any")
    assert made[0][1] != made[1][1]


def test_a_wrong_passphrase_is_told_and_changes_nothing(paths: ProfilePaths) -> None:
    keys.create(paths, HORSE)
    before = paths.keys.read_bytes()
    for how in (BATTERY, WithRecoveryCode(new_recovery_code())):
        with pytest.raises(KeyProblem, match="key_wrong"):
            keys.unlock(paths, how)
    assert paths.keys.read_bytes() == before


def test_accents_may_be_typed_on_any_keyboard(paths: ProfilePaths) -> None:
    data_key, _ = keys.create(paths, WithPassphrase("caf\u00e9 cr\u00e8me"))
    assert keys.unlock(paths, WithPassphrase("cafe\u0301 cre\u0300me")).derive("any") == data_key.derive("any")


def test_a_short_passphrase_is_refused(paths: ProfilePaths) -> None:
    with pytest.raises(InputRefused, match="passphrase_short"):
        keys.create(paths, WithPassphrase("seven77"))
    assert keys.find(paths).state is ProfileState.ABSENT


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_key_file_with_the_passphrase_opens_its_lock(paths: ProfilePaths, key_file: Path, ending: str) -> None:
    data_key, _ = keys.create(paths, HORSE)
    key_file.write_text(HORSE.passphrase + ending, newline="")
    assert keys.unlock(paths, WithKeyFile(key_file)).derive("any") == data_key.derive("any")


def test_a_lock_the_profile_has_not_is_told(paths: ProfilePaths, key_file: Path) -> None:
    keys.create(paths, WithKeyFile(key_file))
    for how in (HORSE, WithKeyring()):
        with pytest.raises(KeyProblem, match="lock_absent"):
            keys.unlock(paths, how)


def test_keys_json_holds_no_secret(paths: ProfilePaths) -> None:
    data_key, code = keys.create(paths, HORSE)
    text = paths.keys.read_bytes()
    for secret in (data_key._secret, HORSE.passphrase.encode(), code.encode(), secret_of(code)):
        assert secret not in text
        assert secret.hex().encode() not in text
        assert msgspec.json.encode(secret).strip(b'"') not in text
    assert paths.keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("real_cost")
def test_guessing_a_passphrase_is_dear(paths: ProfilePaths) -> None:
    keys.create(paths, HORSE)
    (passphrase, _) = msgspec.json.decode(paths.keys.read_bytes())["wrapped"]
    assert passphrase["argon2"] == {"memory_kib": 65536, "iterations": 3, "lanes": 4}


def test_a_new_profile_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    paths = ProfilePaths(tmp_path / "a" / "profile")
    keys.create(paths, HORSE)
    assert paths.root.stat().st_mode & 0o777 == 0o700


class TestKeyFile:
    def refuses(self, paths: ProfilePaths, path: Path, code: str) -> None:
        with pytest.raises(KeyProblem, match=code):
            keys.create(paths, WithKeyFile(path))
        assert not paths.keys.exists()

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
    def test_others_must_not_touch_it(self, paths: ProfilePaths, key_file: Path, mode: int) -> None:
        key_file.chmod(mode)
        self.refuses(paths, key_file, "key_file_unsafe")

    def test_it_may_be_read_only(self, paths: ProfilePaths, key_file: Path) -> None:
        key_file.chmod(0o400)
        keys.create(paths, WithKeyFile(key_file))

    def test_it_is_never_made(self, paths: ProfilePaths, tmp_path: Path) -> None:
        self.refuses(paths, tmp_path / "absent", "key_file_missing")
        assert not (tmp_path / "absent").exists()

    def test_it_must_be_a_regular_file(self, paths: ProfilePaths, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe", 0o600)
        self.refuses(paths, tmp_path / "pipe", "key_file_unsafe")
        self.refuses(paths, Path(os.devnull), "key_file_unsafe")
        self.refuses(paths, tmp_path, "key_file_unsafe")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
    def test_it_must_be_ours(self, paths: ProfilePaths, key_file: Path) -> None:
        os.chown(key_file, 12345, -1)
        self.refuses(paths, key_file, "key_file_unsafe")

    @pytest.mark.parametrize("size", [0, 1024 * 1024 + 1])
    def test_its_size_must_make_sense(self, paths: ProfilePaths, key_file: Path, size: int) -> None:
        key_file.write_bytes(bytes(size))
        self.refuses(paths, key_file, "key_file_unusable")


class TestRecoveryCode:
    def test_it_is_eight_groups_a_person_can_copy(self) -> None:
        groups = new_recovery_code().split("-")
        assert [len(group) for group in groups] == [4] * 8
        assert not set("ILOU") & set("".join(groups))

    @given(st.text(CHARACTERS, min_size=30, max_size=30), st.integers(0, 31), st.sampled_from(CHARACTERS))
    def test_one_wrong_character_is_told_as_a_slip(self, random: str, position: int, character: str) -> None:
        code = random + _check(random)
        slipped = code[:position] + character + code[position + 1 :]
        if slipped == code:
            assert secret_of(slipped) == random.encode()
        else:
            with pytest.raises(KeyProblem, match="recovery_code_mistyped"):
                secret_of(slipped)

    @given(st.text(CHARACTERS, min_size=30, max_size=30), st.integers(0, 28))
    def test_two_characters_in_the_wrong_order_are_told_as_a_slip(self, random: str, first: int) -> None:
        swapped = random[:first] + random[first + 1] + random[first] + random[first + 2 :]
        if swapped != random:
            with pytest.raises(KeyProblem, match="recovery_code_mistyped"):
                secret_of(swapped + _check(random))

    @pytest.mark.parametrize("code", ["", "7K3M", "ÄÖÜ" * 11, "0" * 33])
    def test_anything_else_is_a_slip(self, code: str) -> None:
        with pytest.raises(KeyProblem, match="recovery_code_mistyped"):
            secret_of(code)

    def test_letters_that_look_like_digits_are_read_as_digits(self) -> None:
        random = "0011" + 26 * "7"
        assert secret_of("OoIl" + random[4:] + _check(random)) == random.encode()


@pytest.mark.parametrize("lock", [HORSE, BATTERY])
def test_after_recovery_a_new_lock_takes_over_everywhere(paths: ProfilePaths, lock: NewLock) -> None:
    data_key, code = keys.create(paths, HORSE)
    with open_notes(paths.owner_db, data_key.derive("owner.db")) as database:
        backup = Backups(paths.backups).take(database)

    again = keys.change_lock(paths, WithRecoveryCode(code), lock)

    assert again.derive("any") == data_key.derive("any")
    for beside in (None, backup):
        assert keys.unlock(paths, lock, backup=beside).derive("any") == data_key.derive("any")
        assert keys.unlock(paths, WithRecoveryCode(code), backup=beside).derive("any") == data_key.derive("any")
        if lock != HORSE:
            with pytest.raises(KeyProblem, match="key_wrong"):
                keys.unlock(paths, HORSE, backup=beside)


def test_a_new_recovery_code_ends_the_old_one(paths: ProfilePaths) -> None:
    data_key, old = keys.create(paths, HORSE)
    new = keys.change_recovery_code(paths, HORSE)
    assert keys.unlock(paths, WithRecoveryCode(new)).derive("any") == data_key.derive("any")
    assert keys.unlock(paths, HORSE).derive("any") == data_key.derive("any")
    with pytest.raises(KeyProblem, match="key_wrong"):
        keys.unlock(paths, WithRecoveryCode(old))


def test_a_wrong_way_in_changes_no_lock(paths: ProfilePaths) -> None:
    keys.create(paths, HORSE)
    before = paths.keys.read_bytes()
    with pytest.raises(KeyProblem, match="key_wrong"):
        keys.change_lock(paths, BATTERY, BATTERY)
    assert paths.keys.read_bytes() == before


class TestStates:
    def test_absent(self, paths: ProfilePaths) -> None:
        assert keys.find(paths).state is ProfileState.ABSENT
        for act in (lambda: keys.require(paths), lambda: keys.unlock(paths, HORSE)):
            with pytest.raises(InputRefused, match="profile_absent"):
                act()

    def test_ready(self, paths: ProfilePaths) -> None:
        data_key, _ = keys.create(paths, HORSE)
        open_notes(paths.owner_db, data_key.derive("owner.db")).close()
        found = keys.find(paths)
        assert (found.state, found.locks) == (ProfileState.READY, ["passphrase"])
        keys.require(paths)
        for fresh_start in (False, True):
            with pytest.raises(InputRefused, match="profile_exists"):
                keys.create(paths, HORSE, fresh_start=fresh_start)

    def test_files_gone_offers_a_fresh_start(self, paths: ProfilePaths) -> None:
        keys.create(paths, HORSE)
        assert keys.find(paths).state is ProfileState.FILES_GONE
        with pytest.raises(KeyProblem, match="profile_files_gone"):
            keys.require(paths)
        with pytest.raises(InputRefused, match="profile_exists"):
            keys.create(paths, BATTERY)
        data_key, _ = keys.create(paths, BATTERY, fresh_start=True)
        assert keys.unlock(paths, BATTERY).derive("any") == data_key.derive("any")

    def test_keys_gone(self, paths: ProfilePaths) -> None:
        paths.owner_db.write_bytes(b"locked for ever")
        assert keys.find(paths).state is ProfileState.KEYS_GONE
        with pytest.raises(KeyProblem, match="profile_keys_gone"):
            keys.require(paths)
        with pytest.raises(InputRefused, match="profile_exists"):
            keys.create(paths, HORSE, fresh_start=True)

    @pytest.mark.parametrize("text", ["", "{}", "[1, 2]", "\xff", '{"version": 1, "profile": "x"}'])
    def test_keys_damaged(self, paths: ProfilePaths, text: str) -> None:
        paths.keys.write_text(text, encoding="latin-1")
        assert keys.find(paths).state is ProfileState.KEYS_GONE
        for act in (lambda: keys.require(paths), lambda: keys.unlock(paths, HORSE)):
            with pytest.raises(KeyProblem, match="keys_damaged"):
                act()

    def test_keys_of_a_newer_version(self, paths: ProfilePaths) -> None:
        paths.keys.write_text('{"version": 2, "wrapped": "in some other way"}')
        with pytest.raises(HearthsideError, match="keys_newer"):
            keys.unlock(paths, HORSE)

    def test_keys_edited(self, paths: ProfilePaths) -> None:
        keys.create(paths, HORSE)
        edited = msgspec.json.decode(paths.keys.read_bytes())
        edited["profile"] = "another"
        paths.keys.write_bytes(msgspec.json.encode(edited))
        with pytest.raises(KeyProblem, match="key_wrong"):
            keys.unlock(paths, HORSE)
