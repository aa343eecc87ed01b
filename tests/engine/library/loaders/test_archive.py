import pytest

from engine.library.loaders import archive, choose
from engine.library.loaders.choose import loader_for
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library import documents
from tests.engine.library.documents import packed
from tests.engine.library.loaders.reading import chosen, headings, read, refusal


def loaded(file, *, text_limit):
    """An archive as the library reads it, its entries with the loaders they need."""
    return loader_for(file, ".zip")(file, text_limit=text_limit)


FOLDER = packed({
    "sea/": b"",
    "sea/harbour.md": b"# The harbour\n\nShips.\n",
    "sea/letter.docx": documents.word("Dear Bo", heading="Letter"),
    "photo.png": b"\x89PNG\r\n\x1a\n",
    "sea/more.zip": packed({"deep.txt": b"Deep words."}),
    "__MACOSX/._photo.png": b"x",
    ".hidden.txt": b"never",
})  # fmt: skip


class TestArchive(LoaderConformance):
    loader = loaded
    samples = {"folder": FOLDER}

    def test_entries_stand_under_their_paths_and_what_is_not_read_is_named(self):
        found = read(loaded, FOLDER)
        assert headings(found) == [
            (1, "sea/harbour.md"), (2, "The harbour"), (1, "sea/letter.docx"), (2, "Letter"), (1, "sea/more.zip"),
            (2, "deep.txt"),
        ]  # fmt: skip
        assert found.text.endswith("Deep words.\n\nphoto.png\n")
        assert "never" not in found.text

    def test_one_of_pictures_alone_has_no_text(self):
        data = packed({"a.png": b"\x89PNG\r\n\x1a\n", "b.txt": b"\0\1\2"})
        assert refusal(loaded, data) == (FileState.NO_TEXT, "archive_of_nothing")

    def test_archives_within_archives_end_somewhere(self):
        data = b"Deep words."
        name = "deep.txt"
        for _ in range(4):
            data, name = packed({name: data}), "inner.zip"
        assert "Deep words." in read(loaded, data).text
        assert refusal(loaded, packed({name: data})) == (FileState.NO_TEXT, "archive_of_nothing")

    def test_entries_beyond_what_may_be_unpacked_in_all_are_named_only(self, monkeypatch):
        monkeypatch.setattr(choose, "MAX_UNPACKED", 100)
        text = read(loaded, packed({"a.txt": b"first " * 10, "b.txt": b"second " * 10, "c.txt": b"third"})).text
        assert "first" in text
        assert "second" not in text
        assert "b.txt" in text
        assert "third" in text

    def test_a_damaged_entry_is_named_and_the_rest_read(self):
        data = packed({"a.txt": b"harbour", "b.txt": b"words"})
        at = data.index(b"a.txt") + len(b"a.txt")
        text = read(loaded, data[:at] + b"\xff\xff" + data[at + 2 :]).text
        assert headings(read(loaded, data)) == [(1, "a.txt"), (1, "b.txt")]
        assert "words" in text
        assert "harbour" not in text
        assert "a.txt" in text

    def test_locked_bombs_and_names_that_reach_outside(self):
        assert refusal(loaded, packed({"../a.txt": b"x"})) == (FileState.UNREADABLE, "zip_names")
        assert refusal(loaded, packed({"a.txt": b" " * 32_000_000})) == (FileState.TOO_LARGE, "zip_bomb")
        locked = bytearray(packed({"a.txt": b"x"}))
        locked[locked.index(b"PK\1\2") + 8] |= 1
        assert refusal(loaded, bytes(locked)) == (FileState.ENCRYPTED, "password")

    @pytest.mark.parametrize("suffix", ["", ".jar", ".docx"])
    def test_an_archive_by_another_name_is_none(self, suffix):
        assert chosen(FOLDER, ".zip").func is archive.load
        with pytest.raises(Exception, match="archive"):
            chosen(FOLDER, suffix)

    def test_pictures_inside_are_named_and_not_read(self):
        data = packed(
            {"scan.pdf": documents.scan("harbour"), "photo.jpg": documents.picture("harbour"), "a.txt": b"Gulls."}
        )
        found = read(loaded, data)
        assert "Gulls." in found.text
        assert "scan.pdf" in found.text
        assert "photo.jpg" in found.text
        assert "harbour" not in found.text
