"""The model worker: one GGUF model in llama.cpp, answering token for token."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from engine.errors import HearthsideError, InputRefused
from engine.models.batched import TOGETHER, BatchedGeneration
from engine.models.generation import Generation
from engine.models.likelihood import score
from engine.models.llama_adapters import Adapters
from engine.models.llama_context import LlamaContext
from engine.models.native import chat_template, load_model
from engine.models.protocol import (
    AddAdapter,
    Answer,
    Detokenize,
    Done,
    DropAdapter,
    Generate,
    GenerateMany,
    Load,
    Loaded,
    Render,
    Reply,
    Request,
    Score,
    Scored,
    Stepped,
    Text,
    Tokenize,
    Tokens,
)
from engine.models.sequences import Sequences
from engine.models.vocabulary import Vocabulary
from engine.progress import Control
from engine.workers.service import Context

_PROBE = "The letter was written in the morning, and read in the evening."


class LlamaService:
    """Holds the model from the first Load until the process ends: the process is the model's lifetime."""

    requests = Request

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None

    def handle(self, request: Request, context: Context) -> Iterator[Reply]:
        if isinstance(request, Load):
            self._loaded = self._loaded or _Loaded(request)
            yield Loaded(self._loaded.context.limit)
        elif self._loaded is None:
            raise HearthsideError("worker_failed", worker="model", reason="no model loaded")
        else:
            yield from self._loaded.answer(request, context.control)


def service() -> LlamaService:
    return LlamaService()


class _Loaded:
    """A model and what belongs to it."""

    def __init__(self, request: Load) -> None:
        self._model = model = load_model(Path(request.path))
        self._threads = request.threads
        template = chat_template(model)
        if not template:
            raise InputRefused("model_without_template", path=request.path)
        self._vocabulary = Vocabulary(model)
        self._template = self._vocabulary.template(template)
        self.context = LlamaContext(
            model,
            context_tokens=request.context_tokens,
            threads=request.threads,
            vocabulary_size=self._vocabulary.size,
        )
        self._adapters = Adapters(model, self.context, self._vocabulary.tokenize(_PROBE))

    def answer(self, request: Request, control: Control) -> Iterator[Reply]:
        match request:
            case Tokenize():
                tokenize = self._vocabulary.answer if request.as_answer else self._vocabulary.tokenize
                yield Tokens(tokenize(request.text))
            case Detokenize():
                yield Text(self._vocabulary.text(request.tokens))
            case Render():
                yield Tokens(self._vocabulary.prompt(self._template, request.messages))
            case AddAdapter():
                self._adapters.add(request.adapter_id, request.gguf)
                yield Done()
            case DropAdapter():
                self._adapters.drop(request.adapter_id)
                yield Done()
            case Generate():
                self._adapters.use(request.adapter)
                yield from Generation(request, self.context, self._vocabulary, control).run()
            case GenerateMany():
                yield from self._answers(request, control)
            case Score():
                yield from self._score(request, control)

    def _answers(self, request: GenerateMany, control: Control) -> Iterator[Answer | Stepped]:
        """In a context of their own, which is gone with them: what is held of the chat's prompt stays."""
        sequences = Sequences(self._model, count=TOGETHER, context_tokens=self.context.limit, threads=self._threads)
        with contextlib.closing(sequences):
            self._adapters.put_on(sequences.pointer, request.adapter)
            yield from BatchedGeneration(request, sequences, self._vocabulary, control).run()

    def _score(self, request: Score, control: Control) -> Iterator[Scored]:
        self._adapters.use(request.adapter)
        for target in request.targets:
            control.checkpoint()
            yield Scored(score(self.context, target.prompt, target.tokens, control))
