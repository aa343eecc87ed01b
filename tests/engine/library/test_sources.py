"""A citation holds on: to a file that moved, changed, is away or gone."""

import os
import shutil

from engine.library.values import Standing
from tests.engine.library import documents

UNDER = "House › Heating"  # noqa: RUF001 - the mark between headings
FIRST = "The boiler stands in the cellar. Its pressure is 1.2 bar."
MANY = "\n\n".join(f"Paragraph {number}. " + "The parties agree on it in every word. " * 25 for number in range(12))


def cited(library, query="boiler pressure"):
    passage = library.search(query, 1)[0]
    library.cite([passage.chunk_id])
    return passage


def test_a_passage_stands_in_its_document(library, folder):
    (folder / "boiler.md").write_text(f"# House\n\n## Heating\n\n{MANY}\n\n{FIRST}\n")
    library.add([folder])
    passage = cited(library)
    source = library.source(passage.chunk_id)
    assert source.standing is Standing.SAME
    assert not source.drawn
    assert source.document.text[source.start : source.end] == passage.text
    assert passage.heading == source.passage.heading == UNDER
    assert UNDER in [place.heading for place in source.document.places]


def test_places_tell_the_pages(library, folder):
    (folder / "boiler.pdf").write_bytes(documents.pdf(FIRST, "", "The third page."))
    library.add([folder])
    source = library.source(cited(library).chunk_id)
    assert source.drawn
    text = source.document.text
    assert [(text[place.start :][:3], place.page) for place in source.document.places] == [("The", 1), ("The", 3)]


def test_a_file_that_was_touched_is_the_same(library, folder):
    path = folder / "boiler.txt"
    path.write_text(FIRST)
    library.add([folder])
    passage = cited(library)
    os.utime(path, (1, 1))
    assert library.source(passage.chunk_id).standing is Standing.SAME


def test_a_file_that_moved_is_cited_where_it_is(library, folder):
    path = folder / "boiler.txt"
    path.write_text(FIRST)
    library.add([folder])
    passage = cited(library)
    (folder / "old").mkdir()
    path.rename(folder / "old" / "heating.txt")
    before = library.source(passage.chunk_id)
    assert before.standing is Standing.MISSING
    assert before.document.text[before.start : before.end] == FIRST, "the text as it was read is still there"
    library.refresh()
    after = library.source(passage.chunk_id)
    assert (after.passage.path, after.standing) == (str(folder / "old" / "heating.txt"), Standing.SAME)
    assert after.document.text[after.start : after.end] == FIRST


def test_a_file_that_changed_says_so_and_keeps_the_passage(library, folder):
    path = folder / "boiler.txt"
    path.write_text(FIRST)
    library.add([folder])
    passage = cited(library)
    path.write_text("Nothing of it is left.")
    unread = library.source(passage.chunk_id)
    assert unread.standing is Standing.CHANGED
    assert unread.document.text[unread.start : unread.end] == FIRST
    library.refresh()
    read = library.source(passage.chunk_id)
    assert (read.standing, read.passage.text, read.start) == (Standing.SAME, FIRST, None)
    assert not read.passage.current
    assert read.document.text == "Nothing of it is left."


def test_a_passage_that_stands_elsewhere_now_is_found(library, folder):
    path = folder / "boiler.txt"
    path.write_text(f"{FIRST}")
    library.add([folder])
    passage = cited(library)
    path.write_text(f"New words before. {FIRST} New words after.")
    library.refresh()
    source = library.source(passage.chunk_id)
    assert not source.passage.current
    assert source.document.text[source.start : source.end] == FIRST


def test_a_folder_that_is_not_there_is_away(library, folder):
    (folder / "boiler.txt").write_text(FIRST)
    library.add([folder])
    passage = cited(library)
    folder.rename(folder.with_name("unplugged"))
    assert library.source(passage.chunk_id).standing is Standing.AWAY
    library.refresh()
    source = library.source(passage.chunk_id)
    assert source.standing is Standing.AWAY
    assert source.document.text == FIRST
    folder.with_name("unplugged").rename(folder)
    assert library.source(passage.chunk_id).standing is Standing.SAME


def test_a_file_of_its_own_is_away_with_its_folder(library, folder):
    path = folder / "boiler.txt"
    path.write_text(FIRST)
    library.add([path])
    passage = cited(library)
    path.unlink()
    assert library.source(passage.chunk_id).standing is Standing.MISSING
    shutil.rmtree(folder)
    assert library.source(passage.chunk_id).standing is Standing.AWAY


def test_a_file_that_became_a_link_is_not_followed(library, folder, tmp_path):
    path = folder / "boiler.txt"
    path.write_text(FIRST)
    library.add([folder])
    passage = cited(library)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert library.source(passage.chunk_id).standing is Standing.UNREADABLE


def test_what_was_removed_is_gone(library, folder):
    (folder / "boiler.txt").write_text(FIRST)
    library.add([folder])
    passage = cited(library)
    library.remove(folder)
    assert library.source(passage.chunk_id) is None
