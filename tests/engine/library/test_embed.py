import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.library.embed import OnnxEmbedder
from engine.library.library import Library
from engine.models.catalog import Models
from tests.conformance.embedder import TEXTS, EmbedderConformance
from tests.engine.library import documents
from tests.fakes.embedder import HashingEmbedder


@pytest.fixture(scope="module")
def onnx(models_folder: Path) -> Iterator[OnnxEmbedder]:
    embedder = OnnxEmbedder(Models(models_folder).embedder())
    yield embedder
    embedder.close()


class TestHashing(EmbedderConformance):
    @pytest.fixture
    def embedder(self):
        return HashingEmbedder()


@pytest.mark.model
class TestOnnx(EmbedderConformance):
    @pytest.fixture
    def embedder(self, onnx):
        return onnx

    def test_meaning_counts_not_words(self, onnx):
        passages = onnx.passages(["The physician treated the patient.", "The bank of the river is muddy."])
        assert (passages @ onnx.questions(["A doctor healed a sick person"])[0]).argmax() == 0

    def test_a_killed_worker_costs_nothing(self, onnx):
        before = onnx.passages(TEXTS)
        os.kill(onnx._worker.pid, signal.SIGKILL)
        assert np.array_equal(onnx.passages(TEXTS), before)

    def test_a_question_does_not_wait_for_all_passages(self, onnx):
        done: list[str] = []
        texts = [f"{number} " + "word " * 150 for number in range(64)]
        long = threading.Thread(target=lambda: (onnx.passages(texts), done.append("passages")))
        long.start()
        onnx.questions(["Who goes first?"])
        done.append("question")
        long.join()
        assert done == ["question", "passages"]


@pytest.mark.model
def test_real_documents_are_found_by_what_they_mean(folder, database, clock, onnx):
    library = Library(database, onnx, text_limit_mb=1, clock=clock)
    (folder / "physician.txt").write_text("The physician treated the patient for a fever.")
    (folder / "river.md").write_text("# Rivers\n\nThe bank is muddy after rain.")
    (folder / "budget.pdf").write_bytes(documents.pdf("Cover", "The council spent forty million on schools."))
    library.add([folder])
    assert library.search("sick person sees a doctor")[0].path.endswith("physician.txt")
    best = library.search("money for education")[0]
    assert (Path(best.path).name, best.page) == ("budget.pdf", 2)
