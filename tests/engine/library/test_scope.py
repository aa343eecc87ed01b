"""Scopes: what they hold, and that a search finds the best of them rather than what is left of the whole."""

import os
from datetime import date, datetime

import msgspec
import numpy as np
import pytest

from engine.library.scope import documents_in
from engine.library.search import Search
from engine.library.values import Ranking, Scope
from engine.library.vectors import VectorIndex, codes_of
from engine.library.words_query import WordSearch
from tests.fakes.embedder import HashingEmbedder


@pytest.fixture
def filled(library, folder):
    """Eight files, their days a year apart, in folders whose names begin alike."""
    names = ("a/one.txt", "a/two.md", "a/b/three.TXT", "a b/four.txt", "a.txt", "ab/five.md", "a-/six.txt", "z.txt")
    for year, name in enumerate(names, 2010):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"All of it says {path.stem.lower()}.")
        day = datetime(year, 3, 1, 12).astimezone().timestamp()
        os.utime(path, (day, day))
    library.add([folder])
    return library


def held(library, scope):
    return sorted(passage.path.rsplit("/", 1)[-1] for passage in library.search("all of it says", 20, scope))


def test_without_limits_it_holds_everything(filled):
    assert not Scope()
    assert len(held(filled, Scope())) == 8
    assert filled.counts() == filled.counts(Scope()) == (8, 8)


def test_a_folder_holds_what_stands_in_it_and_not_what_is_named_like_it(filled, folder):
    assert held(filled, Scope(places=(str(folder / "a"),))) == ["one.txt", "three.TXT", "two.md"]
    assert held(filled, Scope(places=(f"{folder / 'a'}/",))) == ["one.txt", "three.TXT", "two.md"]
    assert len(held(filled, Scope(places=("/",)))) == 8


def test_a_file_holds_itself(filled, folder):
    assert held(filled, Scope(places=(str(folder / "a.txt"),))) == ["a.txt"]
    assert filled.counts(Scope(places=(str(folder / "a.txt"),))) == (1, 1)


def test_places_are_added_up_and_types_and_days_take_away(filled, folder):
    two = Scope(places=(str(folder / "a"), str(folder / "ab")))
    assert held(filled, two) == ["five.md", "one.txt", "three.TXT", "two.md"]
    assert held(filled, two.and_also("type", "md")) == ["five.md", "two.md"]
    assert held(filled, two.and_also("type", "md").and_also("since", "2015-03-01")) == ["five.md"]
    assert held(filled, two.and_also("since", "2015-03-02")) == []


def test_a_type_is_the_end_of_a_name_in_any_case(filled):
    assert held(filled, Scope(types=("md",))) == ["five.md", "two.md"]
    assert "three.TXT" in held(filled, Scope(types=("txt",)))
    assert len(held(filled, Scope(types=("txt", "md")))) == 8
    assert held(filled, Scope(types=("t",))) == []
    assert filled.types() == {"txt": 6, "md": 2}


def test_a_day_begins_at_midnight_here(filled):
    assert held(filled, Scope(since=date(2017, 3, 1))) == ["z.txt"]
    assert held(filled, Scope(since=date(2017, 3, 2))) == []


def test_a_collection_and_a_folder_are_added_up(filled, folder):
    made = filled.collections.new("Some", [str(folder / "z.txt")])
    assert held(filled, Scope(collections=(made.id,), places=(str(folder / "ab"),))) == ["five.md", "z.txt"]


def test_limits_are_told_one_by_one_and_taken_back_one_by_one(filled, folder):
    made = filled.collections.new("Some", [str(folder / "z.txt")])
    scope = Scope()
    for kind, value in (
        ("collection", made.id), ("place", str(folder / "ab")), ("type", "pdf"), ("since", "2025-01-01")
    ):  # fmt: skip
        scope = scope.and_also(kind, value).and_also(kind, value)
    told = filled.scope_parts(scope)
    assert [part.words for part in told] == ["Some", "ab", "Type PDF", "Changed since 2025-01-01"]
    assert msgspec.json.decode(msgspec.json.encode(scope), type=Scope) == scope
    for part in told:
        scope = scope.without(part.kind, part.value)
    assert scope == Scope()


def test_rankings_and_the_floor_keep_to_the_scope(filled, folder):
    within = Scope(places=(str(folder / "ab"),))
    ranked = filled.ranked("it says", [Ranking(0.0, 5), Ranking(1.0, 5)], 0.0, within)
    assert [[passage.path for passage in one] for one in ranked] == [[str(folder / "ab" / "five.md")]] * 2
    assert filled.ranked("it says", [Ranking(0.5, 5)], 1.1, within) == [[]]


def test_all_that_is_near_comes_by_document_and_keeps_to_the_scope(library, folder):
    for name, text in {"a": "Ships in the harbour.", "b": "Ships.\n\nMore ships in it.", "c": "Gulls."}.items():
        (folder / f"{name}.txt").write_text(text)
    library.add([folder])
    near = library.near("ships", "ships", 0.3)
    assert sorted(passages[0].path for passages in near) == [str(folder / "a.txt"), str(folder / "b.txt")]
    scores = [[passage.score for passage in passages] for passages in near]
    assert scores == sorted(scores, reverse=True)
    only = library.near("ships", "ships", 0.3, Scope(places=(str(folder / "b.txt"),)))
    assert [passages[0].path for passages in only] == [str(folder / "b.txt")]
    assert library.near("ships", "ships", 0.3, Scope(places=("/elsewhere",))) == []
    assert library.near("  ", "", 0.0) == []


CHUNKS, A_DOCUMENT = 4_500, 50


@pytest.fixture
def many(database):
    """Chunks whose meanings crowd together, every one with the word `all` and every tenth with `some`."""
    embedder = HashingEmbedder(dimension=64)
    draw = np.random.default_rng(5)
    rows = np.repeat(draw.standard_normal((30, 64)), CHUNKS // 30, axis=0) + 0.5 * draw.standard_normal((CHUNKS, 64))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    index = VectorIndex(database, embedder)
    document = np.arange(CHUNKS) % (CHUNKS // A_DOCUMENT) + 1  # every subject is in every document
    with database.write() as connection:
        connection.executemany(
            "INSERT INTO documents (id, uid, path, state, reason, size, mtime_ns, inode, version, indexed_ms)"
            " VALUES (?1, ?1, ?2, 'indexed', '', 0, 0, 0, 1, 0)",
            ((int(one), f"/d/{one}.txt") for one in np.unique(document)),
        )
        connection.executemany(
            "INSERT INTO chunks (id, uid, document, version, position, start, digest, name, heading, text)"
            " VALUES (?1, ?1, ?2, 1, ?1, 0, x'00', '', '', ?3)",
            ((row + 1, int(document[row]), f"all {'some ' * (row % 10 == 0)}{row % 13 * 'word '}")
             for row in range(CHUNKS)),
        )  # fmt: skip
        for table, rows_of in (("vectors", vectors), ("codes", codes_of(vectors))):
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?)",
                ((row + 1, index.embedder, one.tobytes()) for row, one in enumerate(rows_of)),
            )
    return Many(database, VectorIndex(database, embedder), vectors, document)


class Many:
    def __init__(self, database, index, vectors, document):
        self.database, self.index, self.vectors, self.document = database, index, vectors, document

    def best(self, question, within, count=10):
        """Exactly the nearest of these documents, as chunks."""
        nearness = np.where(np.isin(self.document, within), self.vectors @ question, -2)
        return {int(row) + 1 for row in np.argsort(-nearness)[:count]}

    def found(self, question, within, count=10):
        near = self.index.similarities(question, self.index.candidates(question, within))
        return set(sorted(near, key=near.__getitem__)[-count:])


def test_the_nearest_within_a_narrow_scope_are_all_found(many):
    within = np.arange(1, 61)  # 3,000 chunks
    for question in many.vectors[::350]:
        assert many.found(question, within) == many.best(question, within)


def test_the_nearest_within_a_wide_scope_are_nearly_all_found(many):
    within = np.arange(1, 81)
    shares = [len(many.found(question, within) & many.best(question, within)) / 10 for question in many.vectors[::150]]
    assert np.mean(shares) > 0.97


@pytest.mark.parametrize("documents", [2, 60, 61, 80], ids=["few", "the limit", "over it", "most"])
def test_the_best_by_words_are_those_of_the_scope(many, documents):
    words = WordSearch(many.database, many.index.__len__)
    within = many.index.of_documents(np.arange(1, documents + 1))
    for question in ("some", "word", "some word all"):
        everywhere = words.best(question, CHUNKS)
        inside = {chunk: score for chunk, score in everywhere.items() if chunk in set(within.tolist())}
        found = words.best(question, 50, within)
        assert sorted(found.values()) == sorted(inside.values())[-50:]
        assert found.items() <= inside.items()


def test_a_chunk_that_is_put_in_or_taken_out_is_so_in_every_scope(many):
    many.index.replace([1], [CHUNKS + 1], codes_of(many.vectors[:1]), 700)
    assert many.index.of_documents(np.array([700])).tolist() == [CHUNKS + 1]
    assert 1 not in many.index.of_documents(np.array([1])).tolist()
    assert len(many.index) == CHUNKS


def test_an_empty_scope_is_not_everything(many):
    search = Search(many.database, HashingEmbedder(dimension=64), many.index)
    assert search.passages("some", 10, documents_in(many.database, Scope(types=("pdf",)))) == []
    assert len(search.passages("some", 10, None)) == 10
