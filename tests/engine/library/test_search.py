import numpy as np
import pytest

from engine.library.vectors import VectorIndex, codes_of
from engine.library.words_query import WordSearch
from tests.fakes.embedder import HashingEmbedder


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def index(database):
    return VectorIndex(database, HashingEmbedder(dimension=96))


def put(database, index, vectors):
    """Vectors as the chunks 1, 2, 3…, without documents."""
    ids = list(range(1, len(vectors) + 1))
    codes = codes_of(vectors)
    with database.write() as connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO documents VALUES (1, 'd', '/d', 'indexed', '', 0, 0, 0, NULL, 1, 0, 0, '')")
        for chunk, vector, code in zip(ids, vectors, codes, strict=True):
            connection.execute(
                "INSERT INTO chunks VALUES (?, ?, 1, 1, ?, 0, NULL, x'00', '', '', '', 0)", (chunk, str(chunk), chunk)
            )
            connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (chunk, index.embedder, vector.tobytes()))
            connection.execute("INSERT INTO codes VALUES (?, ?, ?)", (chunk, index.embedder, code.tobytes()))
    index.replace([], ids, codes)


def test_codes_are_signs():
    code = codes_of(np.array([[1.0, -1.0, 0.5, 0.0] + [-1.0] * 92], np.float32))
    assert (code.shape, code.dtype, int(np.bitwise_count(code).sum())) == ((1, 2), np.uint64, 2)


def test_the_nearest_are_found_and_their_similarity_is_exact(database, index):
    draw = np.random.default_rng(1)
    centres = unit(draw.standard_normal((40, 96)))
    vectors = unit(np.repeat(centres, 50, axis=0) + 0.1 * draw.standard_normal((2000, 96)))
    put(database, index, vectors)
    question = vectors[700]
    found = index.similarities(question, index.candidates(question))
    assert len(found) == 300
    exact = vectors @ question
    assert sorted(found, key=found.__getitem__)[-20:] == [int(row) + 1 for row in np.argsort(exact)[-20:]]
    assert found[701] == pytest.approx(1, abs=1e-6)


def test_taking_out_and_putting_in_while_another_looks(database, index):
    vectors = unit(np.random.default_rng(2).standard_normal((3000, 96)))
    put(database, index, vectors)
    index.replace(list(range(1, 2001)), [5000], codes_of(vectors[:1]))
    assert len(index) == 1001
    candidates = index.candidates(vectors[0])
    assert 5000 in candidates
    assert min(candidates) > 2000


def test_what_is_in_memory_is_what_opening_again_finds(database, index):
    put(database, index, unit(np.random.default_rng(3).standard_normal((700, 96))))
    again = VectorIndex(database, HashingEmbedder(dimension=96))
    question = unit(np.ones((1, 96)))[0]
    assert sorted(again.candidates(question)) == sorted(index.candidates(question))


@pytest.fixture
def words(folder, library, database):
    for name, text in {
        "a": "Rare anchor.",
        "b": "Common common ship.",
        "c": "Common ship ships shipping.",
        "d": "Ship.",
    }.items():
        (folder / f"{name}.txt").write_text(text)
    library.add([folder])
    return WordSearch(database, lambda: library.counts()[1])


def test_word_scores_are_shares_of_the_most_possible(words):
    scores = words.best("rare anchor", 10)
    assert len(scores) == 1
    assert 0.3 < next(iter(scores.values())) <= 1


def test_a_word_matches_its_other_forms(words):
    assert len(words.best("shipped", 10)) == 3


def test_common_words_are_left_out_unless_there_is_nothing_else(words, monkeypatch):
    from engine.library import words_query

    monkeypatch.setattr(words_query, "_COMMON_FLOOR", 2)
    assert len(words.best("the rare ship", 10)) == 1
    assert len(words.best("the ship", 10)) == 3


def test_a_word_that_stands_nowhere_is_no_trouble(words):
    assert words.best("zzz", 10) == {}
    assert len(words.best("zzz anchor", 10)) == 1


def test_counts_follow_the_library(words, folder, library):
    assert words.best("anchor", 10)
    (folder / "e.txt").write_text("Another anchor.")
    library.refresh()
    assert len(words.best("anchor", 10)) == 2
