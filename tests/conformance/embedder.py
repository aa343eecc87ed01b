"""What every embedder promises. A subclass gives `embedder` as a fixture."""

import numpy as np
import pytest

from engine.errors import Interrupted
from engine.library.embed import Embedder
from engine.progress import Control

TEXTS = ["Ships lie in the harbour.", "A cat sleeps on the warm roof.", "Taxes are due in April.", "word " * 600]


class EmbedderConformance:
    def test_rows_of_length_one_in_order(self, embedder: Embedder):
        rows = embedder.passages(TEXTS)
        assert rows.shape == (len(TEXTS), embedder.dimension)
        assert rows.dtype == np.float32
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        alone = np.concatenate([embedder.passages([text]) for text in TEXTS])
        assert np.allclose(rows, alone, atol=1e-5)

    def test_no_texts_give_no_rows(self, embedder: Embedder):
        assert embedder.passages([]).shape == (0, embedder.dimension)

    def test_the_same_text_has_the_same_row(self, embedder: Embedder):
        rows = embedder.passages([TEXTS[0], TEXTS[1], TEXTS[0]])
        assert np.array_equal(rows[0], rows[2])

    def test_the_same_call_gives_the_same_rows(self, embedder: Embedder):
        assert np.array_equal(embedder.passages(TEXTS), embedder.passages(TEXTS))

    def test_a_question_is_nearest_to_the_passage_about_it(self, embedder: Embedder):
        asked = embedder.questions(["Where do the ships lie?", "When are taxes due?"])
        assert (asked @ embedder.passages(TEXTS).T).argmax(axis=1).tolist() == [0, 2]

    def test_an_empty_text_has_a_row(self, embedder: Embedder):
        assert np.isfinite(embedder.passages(["", " "])).all()

    def test_lengths(self, embedder: Embedder):
        blank, one, two = embedder.lengths([" \n", "ships", "ships ships"])
        assert (blank, two) == (0, 2 * one)

    def test_cancelling_ends_it(self, embedder: Embedder):
        control = Control()
        control.cancel()
        with pytest.raises(Interrupted):
            embedder.passages(TEXTS, control)

    def test_the_name_is_there(self, embedder: Embedder):
        assert embedder.name
