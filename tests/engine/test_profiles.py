"""Who has a profile here: names, folders, which was used last, and what is no profile at all."""

from pathlib import Path

import pytest

from engine import profiles
from engine.errors import HearthsideError, InputRefused
from engine.paths import ProfilePaths, default_profile, profiles_dir
from engine.store import keys
from engine.store.values import ProfileState, WithPassphrase
from tests.fakes.clock import FakeClock

HORSE = WithPassphrase("correct horse")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return profiles_dir()


def made(name: str) -> Path:
    with profiles.claimed(name) as root:
        keys.create(ProfilePaths(root), HORSE)
    ProfilePaths(root).owner_db.touch()
    return root


def names() -> list[str]:
    return [one.name for one in profiles.listed()]


def test_nobody_has_one_before_the_first_is_made() -> None:
    assert profiles.listed() == []
    assert profiles.last_used() == default_profile()


def test_a_profile_is_listed_by_its_name_with_its_locks() -> None:
    root = made("Ada  Lovelace")
    (one,) = profiles.listed()
    assert (one.name, one.root, one.state) == ("Ada Lovelace", root, ProfileState.READY)
    assert (one.locks, one.used_ms, one.is_profile, one.opens_alone) == (["passphrase"], None, True, False)


def test_a_profile_from_before_there_were_names_is_called_as_its_folder() -> None:
    keys.create(ProfilePaths(default_profile()), HORSE)
    assert names() == ["default"]
    assert profiles.resolve("default") == default_profile()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("Zoë", "zoe"),
        ("李", "profile"),
        ("../..", None),
        ("...", "profile"),
        ("con", "profile-con"),
        ("x" * 60, "x" * 40),
    ],
)
def test_the_folder_is_one_that_every_system_takes(here: Path, name: str, folder: str | None) -> None:
    if folder is None:
        with pytest.raises(InputRefused, match="profile_name_refused"):
            made(name)
    else:
        assert made(name) == here / folder


def test_two_names_with_one_folder_get_two() -> None:
    assert [made("Zoë").name, made("Zoe").name, made("ZOE!").name] == ["zoe", "zoe-2", "zoe-3"]
    assert sorted(names()) == ["ZOE!", "Zoe", "Zoë"]


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "a\x00b", "a\u202eb", "x" * 61])
def test_what_is_no_name_is_refused(here: Path, name: str) -> None:
    with pytest.raises(InputRefused, match="profile_name_refused"):
        made(name)
    assert not here.exists(), "nothing was made"


def test_a_name_is_had_by_one_alone() -> None:
    ada, bob = made("Ada"), made("Bob")
    with pytest.raises(InputRefused, match="profile_name_taken"):
        made("ADA")
    with pytest.raises(InputRefused, match="profile_name_taken"):
        profiles.rename(bob, "ada")
    assert profiles.rename(ada, "ADA") == "ADA", "but its own in other letters it may have"


def test_renaming_moves_nothing() -> None:
    ada = made("Ada")
    before = {path: path.read_bytes() for path in ada.iterdir() if path.name != "profile.json"}
    assert profiles.rename(ada, " Ada  King ") == "Ada King"
    assert profiles.resolve("ada king") == ada
    assert before == {path: path.read_bytes() for path in ada.iterdir() if path.name != "profile.json"}
    with pytest.raises(InputRefused, match="profile_absent"):
        profiles.rename(ada.parent / "nobody", "Nobody")


def test_a_claimed_folder_goes_when_no_profile_was_made_in_it(here: Path) -> None:
    def fail() -> None:
        with profiles.claimed("Ada") as root:
            ProfilePaths(root).lock.touch()  # as opening it does
            raise HearthsideError("keyring_absent")

    with pytest.raises(HearthsideError, match="keyring_absent"):
        fail()
    assert list(here.iterdir()) == []


def test_a_profile_that_was_made_stays_though_it_did_not_open() -> None:
    def fail() -> None:
        with profiles.claimed("Ada") as root:
            keys.create(ProfilePaths(root), HORSE)
            raise HearthsideError("disk_full")

    with pytest.raises(HearthsideError, match="disk_full"):
        fail()
    assert names() == ["Ada"]


def test_broken_and_foreign_folders_are_named_and_stop_nothing(here: Path) -> None:
    made("Ada")
    for folder in ("foreign", "keyless", "damaged", "newer", "gone", ".hidden"):
        (here / folder).mkdir()
    (here / "foreign" / "letter.txt").write_text("Dear Ruth")
    (here / "keyless" / "owner.db").touch()
    (here / "damaged" / "keys.json").write_bytes(b"\xff{")
    (here / "damaged" / "profile.json").write_bytes(b'{"name": 3}')
    (here / "newer" / "keys.json").write_text('{"version": 99}')
    keys.create(ProfilePaths(here / "gone"), HORSE)
    (here / "a file").touch()
    states = {one.name: str(one.state) for one in profiles.listed()}
    assert states == {
        "Ada": "ready",
        "foreign": "absent",
        "keyless": "keys_gone",
        "damaged": "keys_gone",
        "newer": "unreadable",
        "gone": "files_gone",
    }


@pytest.mark.parametrize("kept", ["a\u202eb", "../x", "", "x" * 61])
def test_a_name_that_nobody_may_give_is_not_read_either(kept: str) -> None:
    root = made("Ada")
    (root / "profile.json").write_text(f'{{"name": "{kept}"}}', encoding="utf-8")
    assert names() == ["ada"]


def test_the_last_used_is_the_one_to_open(clock: FakeClock) -> None:
    ada, bob = made("Ada"), made("Bob")
    profiles.note_use(ada, clock)
    profiles.note_use(bob, clock)
    assert profiles.last_used() == bob
    assert names() == ["Bob", "Ada"]
    assert profiles.listed()[0].used_ms == clock.now
    profiles.note_use(ada, clock)
    assert profiles.last_used() == ada


def test_what_lies_elsewhere_is_not_kept(here: Path, tmp_path: Path, clock: FakeClock) -> None:
    profiles.note_use(tmp_path / "elsewhere", clock)
    assert not (here / "used.json").exists()


def test_of_an_erased_profile_nothing_is_kept(here: Path, clock: FakeClock) -> None:
    ada, bob = made("Ada"), made("Bob")
    profiles.note_use(bob, clock)
    profiles.note_use(ada, clock)
    profiles.forget_use(ada)
    assert b"ada" not in (here / "used.json").read_bytes()
    assert profiles.last_used() == bob


@pytest.mark.parametrize("kept", ["", "[]", '{"ada": "soon"}', '{"../elsewhere": 9, "gone": 10, "ada": 1}'])
def test_a_damaged_list_of_uses_costs_the_order_alone(here: Path, tmp_path: Path, kept: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    made("Ada")
    (here / "used.json").write_text(kept)
    assert names() == ["Ada"]
    assert profiles.last_used() in {here / "ada", default_profile()}


def test_a_name_or_a_folder_names_a_profile(tmp_path: Path) -> None:
    ada = made("Ada")
    (tmp_path / "plain").mkdir()
    assert profiles.resolve("ADA") == ada
    assert profiles.resolve("plain") == tmp_path / "plain"
    assert profiles.resolve("./ada") == tmp_path / "ada"
    with pytest.raises(InputRefused, match="profile_unknown"):
        profiles.resolve("Bob")


def test_of_two_of_one_name_none_is_guessed() -> None:
    ada, other = made("Ada"), made("Other")
    (other / "profile.json").write_bytes((ada / "profile.json").read_bytes())  # copied by hand
    with pytest.raises(InputRefused, match="profile_ambiguous"):
        profiles.resolve("Ada")
    assert profiles.resolve("other") == other, "by its folder it is still to be had"
