"""Whatever a person may throw at it: a named state or a clear message, the right exit code, nothing lost."""

import io
import os
import shutil
import signal
import zipfile
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.journeys.cli_story import prepared

pytestmark = [pytest.mark.journey, pytest.mark.model]


@pytest.fixture(scope="module")
def hearthside(tmp_path_factory, models_folder):
    run = prepared(tmp_path_factory.mktemp("home"))
    run("init")
    return run


@pytest.fixture
def oddities(tmp_path):
    """A folder of files that are each broken in their own way, and one that is fine."""
    folder = tmp_path / "oddities"
    folder.mkdir()
    (folder / "fine.txt").write_text("The quince tree bears fruit in October.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n%%EOF nothing of a document")
    (folder / "locked.pdf").write_bytes(locked_pdf())
    (folder / "bomb.docx").write_bytes(zip_bomb())
    (folder / "empty.txt").write_text("")
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 64)
    (folder / "song.mp3").write_bytes(b"ID3" + bytes(100))
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "gone.txt").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe.txt")
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200_000_000)
    return folder


def locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    page = io.BytesIO()
    canvas = Canvas(page)
    canvas.drawString(72, 720, "The secret is in the cellar.")
    canvas.save()
    writer = PdfWriter(PdfReader(page))
    writer.encrypt("sesame", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"<w:document>" + b" " * 300_000_000)
    return packed.getvalue()


def test_every_odd_file_ends_in_a_named_state_and_the_rest_goes_on(hearthside, oddities):
    report = hearthside("index", str(oddities))
    states = {Path(file["path"]).name: file["state"] for file in report["files"]}
    assert states["fine.txt"] == "indexed"
    assert states["broken.pdf"] == "unreadable"
    assert states["locked.pdf"] == "encrypted"
    assert states["bomb.docx"] in {"too_large", "unreadable"}
    assert states["empty.txt"] == "no_text_found"
    assert states["noise.txt"] == "unsupported"
    assert states["huge.txt"] == "too_large"
    assert all(file["reason"] for file in report["files"] if file["state"] != "indexed")
    assert hearthside("search", "quince")["results"][0]["path"].endswith("fine.txt")


def test_what_may_not_be_read_is_named(hearthside, tmp_path, monkeypatch):
    if os.geteuid() == 0:  # root may read everything, until it gives that up
        monkeypatch.setattr(hearthside, "through", ["setpriv", "--bounding-set=-all", "--inh-caps=-all"])
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "closed.txt").touch(mode=0)
    report = hearthside("index", str(tmp_path))
    assert {Path(file["path"]).name: (file["state"], file["reason"]) for file in report["files"]} == {
        "closed": ("unreadable", "folder_denied"),
        "closed.txt": ("unreadable", "denied"),
    }


def test_model_files_that_are_none_are_refused(hearthside, models_folder, tmp_path):
    whole = next((models_folder / "smollm2-135m-instruct").glob("*.gguf"))
    truncated = tmp_path / "truncated.gguf"
    with whole.open("rb") as source:
        truncated.write_bytes(source.read(5_000_000))
    assert hearthside("models", "import", str(truncated), code=4)["error"]["code"] == "model_unreadable"
    words = tmp_path / "words.gguf"
    words.write_text("I am a text file. " * 1000)
    assert hearthside("models", "import", str(words), code=4)["error"]["code"] == "model_unreadable"
    assert [model["name"] for model in hearthside("models", "list")["models"]] == ["smollm2-135m-instruct"]


def test_an_emptied_profile_offers_its_backup_or_a_new_start(hearthside, tmp_path):
    run = prepared(tmp_path)
    run("init")
    (run.profile / "owner.db").unlink()
    for side in ("owner.db-wal", "owner.db-shm"):
        (run.profile / side).unlink(missing_ok=True)
    assert run("library", "list", code=3)["error"]["code"] == "profile_files_gone"
    shutil.rmtree(run.profile)
    assert run("library", "list", code=4)["error"]["code"] == "profile_absent"


def test_training_on_next_to_nothing_says_so(tmp_path, models_folder):
    run = prepared(tmp_path)
    run("init")
    run("learn", "on", "--yes")
    assert run("learn", "train", code=4)["error"]["code"] == "nothing_to_train"
    lines = (run.home / "feedback.jsonl").read_text().splitlines(keepends=True)
    for part in (lines[:1], lines[1:3]):
        (run.home / "few.jsonl").write_text("".join(part))
        run("learn", "import", str(run.home / "few.jsonl"))
        trained = run("learn", "train", "--layers", "2")
        assert trained["gate"]["verdict"] == "not_enough_data"
        assert any(letter.isdigit() for letter in trained["gate"]["reasons"][0])
        assert run("learn", "promote", trained["adapter"], "--yes", code=4)["error"]["code"] == "adapter_unproven"


def test_of_two_starts_at_once_one_is_told_that_the_other_has_the_profile(hearthside):
    with hearthside.start("ask", "Tell me a very long story about a lighthouse.", "--max-tokens", "2000") as first:
        assert first.stderr.readline(), "it has the profile now"
        first.send_signal(signal.SIGSTOP)  # and keeps it, however short its story
        assert hearthside("library", "list", code=5)["error"]["code"] == "profile_busy"
        first.send_signal(signal.SIGCONT)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
    assert hearthside("library", "list")["roots"] is not None
