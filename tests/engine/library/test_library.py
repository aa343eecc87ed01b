import os
import sys
from pathlib import Path

import pytest

from engine.errors import InputRefused, Interrupted
from engine.library.indexing import TOGETHER
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.library.search import MEANING
from engine.library.values import FileState, Ranking
from engine.progress import Control
from engine.store.database import Database
from tests.engine.library import documents
from tests.fakes.embedder import HashingEmbedder


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def paths(report):
    return {Path(file.path).name: file for file in report.files}


@pytest.fixture
def harbour(folder, library):
    write(
        folder, ships="Ships lie in the harbour at night.", gulls="Gulls cry over the cliffs.", ropes="Ropes of hemp."
    )
    return library.add([folder])


def test_adding_indexes_every_file_in_place(harbour, folder, library):
    assert [(file.state, file.reason, file.chunks) for file in harbour.files] == [(FileState.INDEXED, "", 1)] * 3
    assert (harbour.chunks, harbour.fresh, harbour.removed) == (3, 3, 0)
    assert [root.path for root in library.roots()] == [str(folder)]
    assert (library.roots()[0].files, library.counts()) == (3, (3, 3))


def test_a_passage_says_where_it_stands(harbour, folder, library):
    best = library.search("ships in the harbour")[0]
    assert (best.path, best.page, best.current) == (str(folder / "ships.txt"), None, True)
    assert library.text(best.document_id).text[best.start : best.end] == best.text
    assert 0 < best.score <= 1


def test_pages_of_a_pdf(folder, library):
    (folder / "log.pdf").write_bytes(documents.pdf("calm sea", "storm and thunder"))
    library.add([folder])
    assert library.search("storm thunder")[0].page == 2


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_an_empty_question_finds_nothing(harbour, library, question):
    assert library.search(question) == []


@pytest.mark.parametrize(
    "question",
    ['"', "ships AND (", "name:ships*", "-", "ships' OR 1=1 --", "NEAR(a b)", "🚢", "x" * 200_000, "ship " * 40_000],
)
def test_no_question_is_syntax(harbour, library, question):
    assert len(library.search(question)) == 3


def test_the_name_of_a_file_is_found(folder, library):
    write(folder, invoice="Forty crowns.", letter="Dear aunt.")
    library.add([folder])
    assert library.search("invoice")[0].path.endswith("invoice.txt")


def test_adding_again_reads_nothing(harbour, folder, library, embedder):
    before = embedder.embedded
    again = library.add([folder])
    assert (again.fresh, again.chunks, embedder.embedded) == (0, 3, before)


def test_only_what_changed_is_read_again(harbour, folder, library, embedder):
    before = embedder.embedded
    write(folder, gulls="Gulls sleep on the cliffs.")
    again = library.refresh()
    assert (again.fresh, embedder.embedded - before) == (1, 1)
    assert library.search("gulls sleep")[0].text == "Gulls sleep on the cliffs."
    assert "cry" not in " ".join(passage.text for passage in library.search("gulls cry"))


def test_a_touched_file_is_not_embedded_again(harbour, folder, library, embedder):
    before = embedder.embedded
    os.utime(folder / "gulls.txt", ns=(1, 1))
    library.refresh()
    assert embedder.embedded == before
    assert library.refresh().fresh == 0


def test_of_a_changed_file_only_new_chunks_are_embedded(folder, library, embedder):
    parts = [f"Part {number}. " + f"word{number} " * 150 for number in range(6)]
    write(folder, long="\n\n".join(parts))
    library.add([folder])
    before, old = embedder.embedded, {passage.text: passage.chunk_id for passage in library.search("part", 20)}
    write(folder, long="\n\n".join(["A new beginning. " + "fresh " * 150, *parts]))
    library.refresh()
    assert embedder.embedded - before <= 2
    for passage in library.search("part", 20):
        assert library.text(passage.document_id).text[passage.start : passage.end] == passage.text
        assert passage.text not in old or passage.chunk_id == old[passage.text]


def test_the_same_text_is_embedded_once(folder, library, embedder):
    write(folder, one="The same words.", two="The same words.")
    library.add([folder])
    assert embedder.embedded == 1
    assert {passage.path for passage in library.search("same words")} == {
        str(folder / "one.txt"),
        str(folder / "two.txt"),
    }


def test_a_renamed_file_keeps_its_document_and_vectors(harbour, folder, library, embedder):
    before, old = embedder.embedded, library.search("ships harbour")[0]
    (folder / "below").mkdir()
    (folder / "ships.txt").rename(folder / "below" / "vessels.txt")
    again = library.refresh()
    new = library.search("ships harbour")[0]
    assert (new.chunk_id, new.document_id) == (old.chunk_id, old.document_id)
    assert new.path == str(folder / "below" / "vessels.txt")
    assert (again.fresh, again.removed, embedder.embedded) == (0, 0, before)
    assert library.search("vessels")[0].chunk_id == old.chunk_id


def test_a_file_moved_across_drives_is_known_by_its_content(harbour, folder, library, embedder):
    before, old = embedder.embedded, library.search("ships harbour")[0]
    (folder / "copy.txt").write_bytes((folder / "ships.txt").read_bytes())
    (folder / "ships.txt").unlink()
    library.refresh()
    assert library.search("ships harbour")[0].document_id == old.document_id
    assert embedder.embedded == before


def test_a_deleted_file_is_forgotten(harbour, folder, library):
    (folder / "ships.txt").unlink()
    assert library.refresh().removed == 1
    assert library.counts() == (2, 2)


def test_a_deleted_file_that_was_added_by_itself_is_forgotten(folder, library):
    write(folder, ships="Ships.")
    library.add([folder / "ships.txt"])
    (folder / "ships.txt").unlink()
    library.refresh()
    assert library.counts() == (0, 0)


def test_a_root_that_is_away_keeps_its_documents(harbour, folder, library):
    folder.rename(folder.with_name("elsewhere"))
    report = library.refresh()
    assert [(file.state, file.reason) for file in report.files] == [(FileState.UNREADABLE, "missing")]
    assert library.counts() == (3, 3)


def test_removing_a_file_lasts(harbour, folder, library):
    assert library.remove(folder / "ships.txt") == 1
    assert library.refresh().fresh == 0
    assert library.counts() == (2, 2)
    library.add([folder / "ships.txt"])
    assert library.counts() == (3, 3)


def test_what_the_library_does_not_hold_cannot_be_removed(harbour, folder, library):
    (folder / "below").mkdir()
    for absent in (folder.with_name("elsewhere"), folder / "no-such.txt"):
        with pytest.raises(InputRefused, match="root_absent"):
            library.remove(absent)
    assert library.counts() == (3, 3)
    assert library.remove(folder / "below") == 0, "nothing of it is read yet, and nothing will be"
    with pytest.raises(InputRefused, match="root_absent"):
        library.remove(folder / "below")
    assert library.remove(folder.parent) == 3, "it holds the root"


def test_a_file_of_a_removed_folder_can_come_back_alone(folder, library):
    (folder / "below").mkdir()
    write(folder / "below", one="One.", two="Two.")
    library.add([folder])
    library.remove(folder / "below")
    library.add([folder / "below" / "one.txt"])
    library.refresh()
    assert [Path(file.path).name for file in library.files()] == ["one.txt"]


def test_removing_a_root_removes_it_all(harbour, folder, library):
    assert library.remove(folder) == 3
    assert (library.roots(), library.files(), library.counts()) == ([], [], (0, 0))
    assert library.search("ships") == []


def test_names_that_begin_alike_are_apart(tmp_path, library):
    for name in ("a", "ab"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, text=f"In {name}.")
    library.add([tmp_path / "a", tmp_path / "ab"])
    library.remove(tmp_path / "a")
    assert [file.path for file in library.files()] == [str(tmp_path / "ab" / "text.txt")]


def test_a_document_may_stand_under_two_roots(harbour, folder, library):
    (folder / "below").mkdir()
    write(folder / "below", deep="Deep water.")
    library.add([folder])
    library.add([folder / "below"], may_teach=False)
    assert [(root.files, root.may_teach) for root in library.roots()] == [(4, True), (1, False)]


def test_a_cited_passage_outlives_a_change_but_not_removal(harbour, folder, library):
    cited, other = library.search("ships harbour")[0], library.search("gulls")[0]
    library.cite([cited.chunk_id])
    write(folder, ships="Only water now.", gulls="Only air now.")
    library.refresh()
    old = library.passage(cited.chunk_id)
    assert old is not None
    assert (old.text, old.current) == (cited.text, False)
    assert library.passage(other.chunk_id) is None
    assert "harbour" not in " ".join(passage.text for passage in library.search("harbour"))
    library.remove(folder)
    assert library.passage(cited.chunk_id) is None


def test_spaces_of_two_embedders_are_never_mixed(harbour, folder, database, clock):
    other = HashingEmbedder(dimension=192, name="another")
    library = Library(database, other, text_limit_mb=1, clock=clock)
    assert library.search("ships harbour") == []
    assert library.refresh().chunks == 3
    assert other.embedded == 3
    assert library.search("ships harbour")[0].path.endswith("ships.txt")


def test_what_was_indexed_is_there_after_opening_again(harbour, database, clock, library):
    again = Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock)
    assert again.search("ships harbour") == library.search("ships harbour")


def test_cancelling_keeps_what_is_done(folder, library):
    write(folder, **{f"file{number}": f"Words of {number}. " * 100 * TOGETHER for number in range(5)})
    control = Control()

    def after_two(progress):
        if "file2" in Path(progress.message).name:
            control.cancel()

    with pytest.raises(Interrupted):
        library.add([folder], report=after_two, control=control)
    assert library.counts()[0] == 2
    assert library.refresh().fresh == 3


def test_cancelling_leaves_small_files_whole_or_for_the_next_time(folder, library):
    write(folder, **{f"file{number:02}": f"Words of {number:02}." for number in range(2 * TOGETHER)})
    control, done = Control(), []

    def before_the_last(progress):
        if str(2 * TOGETHER - 1) in Path(progress.message).name:
            control.cancel()
        done.append(progress.done / progress.total)

    with pytest.raises(Interrupted):
        library.add([folder], report=before_the_last, control=control)
    assert (library.counts()[0], done[-1]) == (TOGETHER, 0.5)
    assert library.refresh().fresh == TOGETHER


def test_progress_grows_to_the_whole_with_an_estimate_after_a_tenth(folder, library):
    write(folder, **{f"file{number:02}": f"Words of {number}." for number in range(20)})
    told = []
    library.add([folder], report=told.append)
    shares = [progress.done / progress.total for progress in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all((progress.eta_s is not None) == (share >= 0.1) for progress, share in zip(told, shares, strict=True))


def test_a_plan_reads_nothing(folder, library, embedder):
    write(folder, ships="Ships.")
    (folder / "song.mp3").write_bytes(b"\xff\xd8")
    plan = library.plan([folder])
    assert [(Path(file.path).name, file.state) for file in plan.files] == [
        ("ships.txt", FileState.WAITING),
        ("song.mp3", FileState.UNSUPPORTED),
    ]
    assert (plan.by_type, plan.bytes, library.files(), embedder.embedded) == ({".txt": 1}, 6, [], 0)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX links, pipes and permissions")
class TestTrees:
    def test_links_are_named_and_not_followed(self, folder, library, tmp_path):
        write(tmp_path, secret="Outside of the folder.")
        write(folder, inside="Inside.")
        (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
        (folder / "loop").symlink_to(folder)
        (folder / "itself").symlink_to(folder / "itself")
        report = library.add([folder])
        found = {name: (file.state, file.reason) for name, file in paths(report).items()}
        link = (FileState.UNSUPPORTED, "link")
        assert found == {"inside.txt": (FileState.INDEXED, ""), "out.txt": link, "loop": link, "itself": link}

    def test_a_link_that_leads_to_itself(self, folder, library):
        (folder / "itself").symlink_to(folder / "itself")
        assert [file.reason for file in library.add([folder / "itself"]).files] == ["link"]

    def test_pipes_and_devices_are_no_files(self, folder, library):
        os.mkfifo(folder / "pipe.txt")
        report = library.add([folder, "/dev/zero"])
        assert {(file.state, file.reason) for file in report.files} == {(FileState.UNSUPPORTED, "not_a_file")}

    def test_a_file_that_became_a_pipe_since_it_was_seen(self, folder, library, monkeypatch):
        from engine.library import survey as front

        def replaced(*arguments, **options):
            found = list(walk(*arguments, **options))
            (folder / "ships.txt").unlink()
            os.mkfifo(folder / "ships.txt")
            return iter(found)

        walk = front.walk
        write(folder, ships="Ships.")
        monkeypatch.setattr(front, "walk", replaced)
        assert [file.reason for file in library.add([folder]).files] == ["not_a_file"]

    def test_the_longest_name_there_is(self, folder, library):
        name = "ü" * 125 + "x.txt"
        assert len(name.encode()) == 255
        (folder / name).write_text("Harbour.")
        library.add([folder])
        assert Path(library.search("harbour")[0].path).name == name

    @pytest.mark.parametrize("after", [b"Grown: " + b"harbour words. " * 1000, b"", b"Short."])
    def test_a_file_that_changes_while_it_is_read_is_read_as_it_is_in_the_end(
        self, folder, library, monkeypatch, after
    ):
        from engine.library.opened import Opened

        (folder / "changing.txt").write_text("As it was. " * 100)
        hashed = Opened.sha256

        def change_then_hash(opened):
            seen = hashed(opened)
            (folder / "changing.txt").write_bytes(after)
            return seen

        monkeypatch.setattr(Opened, "sha256", change_then_hash)
        [report] = library.add([folder]).files
        assert report.state in {FileState.INDEXED, FileState.NO_TEXT}
        monkeypatch.undo()
        [report] = library.refresh().files
        assert (report.state is FileState.INDEXED) == bool(after)
        assert library.refresh().fresh == 0

    def test_a_name_that_is_no_text(self, folder, library):
        (folder / os.fsdecode(b"caf\xe9.txt")).write_text("coffee")
        for named in (folder, folder / os.fsdecode(b"caf\xe9.txt")):
            report = library.add([named])
            assert [(file.state, file.reason) for file in report.files] == [(FileState.UNREADABLE, "name")]
            assert report.files[0].path.endswith("caf\\xe9.txt")
            for root in library.roots():
                library.remove(Path(root.path))

    @pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may read everything")
    def test_what_may_not_be_read_is_named(self, folder, library):
        write(folder, closed="Closed.")
        (folder / "closed.txt").chmod(0)
        (folder / "below").mkdir(mode=0)
        reasons = {name: file.reason for name, file in paths(library.add([folder])).items()}
        assert reasons == {"closed.txt": "denied", "below": "folder_denied"}


def test_a_folder_that_cannot_be_looked_into_keeps_its_documents(folder, library, monkeypatch):
    (folder / "below").mkdir()
    write(folder / "below", deep="Deep water.")
    library.add([folder])
    scandir = os.scandir

    def denied(path):
        if str(path).endswith("below"):
            raise PermissionError(13, "denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    report = library.refresh()
    assert [(file.state, file.reason) for file in report.files] == [(FileState.UNREADABLE, "folder_denied")]
    assert library.search("deep water")[0].path.endswith("deep.txt")


def test_every_bad_file_is_named_and_the_good_one_is_indexed(folder, library):
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)))
    (folder / "large.txt").write_bytes(b"word " * 300_000)
    (folder / "unpacked.docx").write_bytes(documents.word(" ".join(map(str, range(200_000)))))
    (folder / "bomb.docx").write_bytes(documents.word_bomb())
    (folder / "broken.pdf").write_bytes(documents.pdf("x")[:200])
    (folder / "locked.pdf").write_bytes(documents.locked_pdf("secret", "key"))
    (folder / "blank.pdf").write_bytes(documents.pdf(""))
    (folder / "movie.mp4").write_bytes(b"\0")
    with (folder / "sparse.txt").open("wb") as sparse:
        sparse.truncate(10_000_000_000)
    write(folder, good="Good words.")
    found = {name: (str(file.state), file.reason) for name, file in paths(library.add([folder])).items()}
    assert found == {
        "empty.txt": ("no_text_found", "empty"),
        "binary.txt": ("unsupported", "binary"),
        "large.txt": ("too_large", "file_limit"),
        "unpacked.docx": ("too_large", "text_limit"),
        "bomb.docx": ("too_large", "zip_bomb"),
        "broken.pdf": ("unreadable", "broken"),
        "locked.pdf": ("encrypted", "password"),
        "blank.pdf": ("no_text_found", "no_words"),
        "movie.mp4": ("unsupported", "film"),
        "sparse.txt": ("too_large", "file_limit"),
        "good.txt": ("indexed", ""),
    }


def test_a_path_that_is_not_there_is_named(folder, library):
    report = library.add([folder / "nothing"])
    assert [(file.state, file.reason) for file in report.files] == [(FileState.UNREADABLE, "missing")]
    assert library.roots() == []


def test_a_file_that_vanishes_while_it_is_read_is_named(folder, library):
    write(folder, first="First.", gone="Gone.")

    def vanish(progress):
        (folder / "gone.txt").unlink(missing_ok=True)

    reports = library.add([folder], report=vanish).files
    assert reports[0].state is FileState.INDEXED
    library.refresh()
    assert [Path(file.path).name for file in library.files()] == ["first.txt"]


def test_a_file_that_was_good_and_is_broken_loses_its_text(harbour, folder, library):
    (folder / "ships.txt").write_bytes(bytes(range(256)))
    library.refresh()
    assert library.counts() == (2, 2)


def test_hidden_files_are_left_alone(folder, library):
    (folder / ".git").mkdir()
    write(folder / ".git", config="x")
    (folder / ".secret.txt").write_text("x")
    assert library.add([folder]).files == []


def test_every_reason_has_words():
    import re
    import tomllib

    from engine.paths import RESOURCES

    texts = tomllib.loads((RESOURCES / "translations" / "en" / "library.toml").read_text(encoding="utf-8"))
    source = "".join(path.read_text() for path in (Path(__file__).parents[3] / "engine" / "library").rglob("*.py"))
    reasons = set(re.findall(r'FileState\.[A-Z_]+, "(\w+)"', source))
    reasons |= {"crashed", "killed", "ocr", "ocr_part", "pictures_left"}
    assert len(reasons) > 15
    assert reasons <= set(texts)
    assert {f"state_{state}" for state in FileState} <= set(texts)


def test_rankings_differ_in_order_and_number_and_not_in_whether_anything_is_near(folder, library):
    write(folder, words="boiler boiler boiler pressure", mixed="boiler and the valve of the heating", far="gulls cry")
    library.add([folder])
    question = "boiler pressure"
    plain, few, words, none = library.ranked(
        question, [Ranking(MEANING, 3), Ranking(MEANING, 1), Ranking(0.0, 3), Ranking(MEANING, 0)], 0.0
    )
    assert plain == library.search(question, 3)
    assert (few, none) == (plain[:1], [])
    assert {passage.chunk_id: passage.score for passage in words} == {one.chunk_id: one.score for one in plain}
    floor = plain[0].score
    assert library.ranked(question, [Ranking(0.0, 3), Ranking(1.0, 3)], floor) == [plain[:1], plain[:1]]
    assert library.ranked(" ", [Ranking(0.0, 3), Ranking(1.0, 3)], 0.0) == [[], []]


def test_what_was_refused_by_a_version_that_read_less_is_read_anew(folder, tmp_path, key, embedder, clock):
    (folder / "broken.pdf").write_bytes(documents.pdf("x")[:200])
    (folder / "ships.txt").write_text("Ships lie in the harbour.")
    place = tmp_path / "old.db"
    with Database.open(place, key, MIGRATIONS, durable=False) as database:
        library = Library(database, embedder, text_limit_mb=1, clock=clock)
        assert library.add([folder]).fresh == 2
        assert library.refresh().fresh == 0
        with database.write() as connection:  # as one that has not had it yet
            connection.execute("DELETE FROM migration WHERE name = '2026-11-more-kinds'")
    with Database.open(place, key, MIGRATIONS, durable=False) as database:
        library = Library(database, embedder, text_limit_mb=1, clock=clock)
        assert library.refresh().fresh == 1
        assert library.refresh().fresh == 0
