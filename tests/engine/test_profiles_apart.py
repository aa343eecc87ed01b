"""Two people on one machine, with real databases and keys: neither sees, opens or touches what is the other's."""

import contextlib
import hashlib
import shutil

import msgspec
import pytest

from engine import profiles
from engine.assistant import Assistant, erase_profile
from engine.errors import HearthsideError, InputRefused, KeyProblem
from engine.handover import _address
from engine.learning.curation import language, poison
from engine.paths import ProfilePaths, profiles_dir
from engine.privacy.redact import redact
from engine.store import keys, wrapping
from engine.store.database import Database
from engine.store.sealed import SealedFolder
from engine.store.values import WithPassphrase, WithRecoveryCode

pytestmark = pytest.mark.model
SECRET = "Quimblethorpe"
ADA, BOB = WithPassphrase("seven geese over Millbrook"), WithPassphrase("another sentence entirely")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, models_folder):
    monkeypatch.setenv("HEARTHSIDE_MODELS", str(models_folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path


def made(name, lock):
    with profiles.claimed(name) as root:
        assistant, code = Assistant.create(root, lock)
    return assistant, code


@pytest.fixture
def ada(home):
    """Her profile with something of every kind in it, closed; and its recovery code."""
    documents = home / "documents"
    documents.mkdir()
    (documents / "will.txt").write_text(f"The house goes to {SECRET}, and the quince tree with it.\n")
    assistant, code = made("Ada", ADA)
    with contextlib.closing(assistant):
        assistant.library.add([documents])
        assistant.memory.prefer(f"Call me {SECRET}.")
        assistant.learning.turn_on()
        lines = home / "feedback.jsonl"
        lines.write_bytes(msgspec.json.encode({"prompt": "Who am I?", "correction": f"You are {SECRET}, as ever."}))
        assistant.learning.capture.import_file(lines)
        assert assistant.learning.review()
        assert redact.cache_info().currsize
        sealed = SealedFolder(assistant.paths.adapters, keys.unlock(assistant.paths, ADA))
        sealed.write("an-adapter", SECRET.encode())
        assistant.back_up()
    return assistant.paths.root, code


@pytest.fixture
def bob():
    assistant, code = made("Bob", BOB)
    assistant.close()
    return assistant.paths.root, code


def hashes(root):
    return {
        path.relative_to(root): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_one_opens_and_sees_nothing_of_the_other(ada, bob):
    with contextlib.closing(Assistant.open(bob[0], BOB)) as assistant:
        assert assistant.memory.entries() == []
        assert assistant.learning.enabled is False
        assert assistant.learning.capture.feedback(everything=True) == []
        assert assistant.learning.report().adapters == []
        assert (assistant.library.roots(), assistant.library.files(), assistant.chat.threads()) == ([], [], [])
        assert assistant.library.search("quince tree house") == []
        assert not list(assistant.paths.adapters.glob("*"))


def test_no_key_of_one_opens_anything_of_the_other(ada, bob):
    hers, his = ProfilePaths(ada[0]), ProfilePaths(bob[0])
    for how in (BOB, WithRecoveryCode(bob[1])):
        with pytest.raises(KeyProblem, match="key_wrong"):
            Assistant.open(ada[0], how)
    shutil.copy(his.keys, hers.keys)  # he takes his own lock to her files
    with pytest.raises(HearthsideError, match="key_wrong"):
        Assistant.open(ada[0], BOB)
    key = keys.unlock(his, BOB)
    with pytest.raises(HearthsideError, match="sealed_damaged"):
        SealedFolder(hers.adapters, key).read("an-adapter")
    for path, purpose in ((hers.owner_db, "owner.db"), (hers.library_db, "library.db")):
        with pytest.raises(HearthsideError, match="key_wrong"):
            Database.open(path, key.derive(purpose), [], durable=False)


def test_no_byte_of_one_is_written_or_readable_by_the_other(ada, bob):
    before = hashes(ada[0])
    with contextlib.closing(Assistant.open(bob[0], BOB)) as assistant:
        assistant.memory.prefer("Answer briefly.")
        assistant.back_up()
    assert hashes(ada[0]) == before
    for path in profiles_dir().rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def test_erasing_one_leaves_every_byte_of_the_other(ada, bob):
    profiles.note_use(ada[0])
    profiles.note_use(bob[0])
    before = hashes(bob[0])
    assert len(before) >= 5
    erase_profile(ada[0])
    assert not ada[0].exists()
    assert hashes(bob[0]) == before
    assert [one.name for one in profiles.listed()] == ["Bob"]
    assert profiles.last_used() == bob[0]
    Assistant.open(bob[0], BOB).close()


def test_erasing_takes_what_is_the_profiles_and_nothing_else(home):
    strange = home / "Pictures"
    strange.mkdir()
    (strange / "backups").mkdir()
    with pytest.raises(InputRefused, match="profile_absent"):
        erase_profile(strange)
    with pytest.raises(InputRefused, match="profile_folder_taken"):
        Assistant.create(strange, ADA)
    assert [path.name for path in strange.iterdir()] == ["backups"]
    (strange / "backups").rmdir()
    Assistant.create(strange, ADA)[0].close()
    (strange / "cat.png").touch()
    erase_profile(strange)
    assert [path.name for path in strange.iterdir()] == ["cat.png"]


def test_what_was_erased_by_half_can_be_erased_again(ada):
    paths = ProfilePaths(ada[0])
    for gone in (paths.keys, paths.library_db):
        gone.unlink()
    shutil.rmtree(paths.backups)
    erase_profile(ada[0])
    assert not ada[0].exists()


def test_each_has_its_own_socket_lock_and_key(ada, bob):
    assert _address(ada[0]) != _address(bob[0])
    hers, his = wrapping.load(ProfilePaths(ada[0]).keys), wrapping.load(ProfilePaths(bob[0]).keys)
    assert (hers.profile, hers.check) != (his.profile, his.check)
    with contextlib.closing(Assistant.open(ada[0], ADA)), contextlib.closing(Assistant.open(bob[0], BOB)):
        pass  # both are open at once, as in two windows


def test_a_closed_profile_leaves_no_text_at_hand(ada, bob):
    """Checks of examples keep what they looked at; in one process another person's profile may come next."""
    assert redact.cache_info().currsize == 0
    assert language._classified.cache_info().currsize == 0
    assert poison._wanted.cache_info().currsize == 0


@pytest.fixture
def key_file(home):
    path = home / "key"
    path.write_bytes(b"a sentence that only its owner knows")
    path.chmod(0o600)
    return path


def test_by_command_line_a_profile_is_made_named_and_used(key_file, capsys):
    from engine.cli import main

    def run(*arguments):
        code = main([*arguments, "--json", "--key-file", str(key_file)])
        return code, msgspec.json.decode(capsys.readouterr().out)

    assert run("profiles", "list") == (0, {"profiles": []})
    code, value = run("profiles", "new", "Zoë")
    assert (code, value["profile"], len(value["recovery_code"]) > 20) == (0, str(profiles_dir() / "zoe"), True)
    assert run("profiles", "new", "ZOË")[1]["error"]["code"] == "profile_name_taken"
    assert run("--profile", "zoë", "memory", "add", "Answer briefly.")[0] == 0
    assert run("profiles", "rename", "Zoë", "Zoë Quince") == (0, {"profile": value["profile"], "name": "Zoë Quince"})
    assert len(run("memory", "list", "--profile", "Zoë Quince")[1]["entries"]) == 1
    code, value = run("memory", "list", "--profile", "Zoë")
    assert (code, value["error"]["code"]) == (4, "profile_unknown")
    (one,) = run("profiles", "list")[1]["profiles"]
    assert {**one, "profile": ""} == {
        "name": "Zoë Quince", "profile": "", "state": "ready", "locks": ["key_file"], "used": None,
    }  # fmt: skip


def test_a_profile_that_cannot_be_locked_leaves_no_folder(home, capsys):
    from engine.cli import main

    assert main(["profiles", "new", "Ada", "--key-file", str(home / "absent")]) == KeyProblem.exit_code
    assert list(profiles_dir().iterdir()) == []
