"""Many answers in the making at once, for work nobody watches token by token.

A step reads the model's weights once for all of them, which is what an answer alone mostly waits for: on two cores 16
of the default model's together come at about 200 tokens a second, one alone at 37. When one ends, the next prompt takes
its place (continuous batching). What several prompts begin with is read once.
"""

import contextlib
from collections.abc import Iterator

from engine.models.llama_context import common_prefix, require_room
from engine.models.protocol import Answer, GenerateMany, Prompted, Stepped
from engine.models.sampler import Sampler
from engine.models.sequences import Sequences
from engine.models.vocabulary import Vocabulary
from engine.progress import Control

TOGETHER = 16
"""Answers in the making at once; 32 are little faster, and wait longer for the slowest."""


class BatchedGeneration:
    """Used once. Raises InputRefused("prompt_too_long") for the first prompt that leaves no room for an answer."""

    def __init__(self, request: GenerateMany, sequences: Sequences, vocabulary: Vocabulary, control: Control) -> None:
        for prompted in request.prompts:
            require_room(len(prompted.prompt), sequences.limit)
        self._waiting = list(enumerate(request.prompts))
        self._sequences = sequences
        self._vocabulary = vocabulary
        self._control = control
        self._making: dict[int, _Making] = {}

    def run(self) -> Iterator[Answer | Stepped]:
        """Each answer as it ends; a Stepped each step. Raises Interrupted."""
        with self._sequences.stoppable(self._control), contextlib.ExitStack() as opened:
            opened.callback(self._close)
            while self._waiting or self._making:
                self._control.checkpoint()
                yield from self._admitted()
                if self._making:
                    yield from self._stepped()
                    yield Stepped()

    def _admitted(self) -> Iterator[Answer]:
        """Read the prompts there is room for; some end with their first token."""
        while self._waiting and len(self._making) < TOGETHER and self._has_room(self._waiting[0][1]):
            place, prompted = self._waiting.pop(0)
            number = next(number for number in range(TOGETHER) if number not in self._making)
            making = _Making(place, prompted, self._room_of(prompted), self._vocabulary)
            self._read(number, making)
            self._making[number] = making
            yield from self._drawn(number, -1)

    def _read(self, number: int, making: "_Making") -> None:
        """All of the prompt, of which the last token must be read anew for its logits."""
        prompt, last = making.prompted.prompt, len(making.prompted.prompt) - 1
        shared, other = max(
            ((min(common_prefix(one.prompted.prompt, prompt), last), held) for held, one in self._making.items()),
            default=(0, 0),
        )
        if shared:
            shared = self._sequences.share(number, other, shared)
        self._sequences.read(number, prompt[shared:])

    def _stepped(self) -> Iterator[Answer]:
        """One token more of each."""
        tokens = {number: making.tokens[-1] for number, making in self._making.items()}
        self._sequences.step(tokens)
        for index, number in enumerate(tokens):
            yield from self._drawn(number, index)

    def _drawn(self, number: int, index: int) -> Iterator[Answer]:
        """Draw a sequence's next token from the logits at `index`; the answer, if that ends it."""
        making = self._making[number]
        token = making.sampler.draw(self._sequences.pointer, index)
        ended = self._vocabulary.ends_answer(token)
        if not ended:
            making.tokens.append(token)
        if ended or len(making.tokens) >= making.room:
            del self._making[number]
            making.sampler.close()
            self._sequences.drop(number)
            yield Answer(making.place, self._vocabulary.text(making.tokens))

    def _has_room(self, prompted: Prompted) -> bool:
        held = sum(len(making.prompted.prompt) + making.room for making in self._making.values())
        return held + len(prompted.prompt) + self._room_of(prompted) <= self._sequences.limit

    def _room_of(self, prompted: Prompted) -> int:
        """Tokens the answer may have."""
        return min(prompted.sampling.max_tokens, self._sequences.limit - len(prompted.prompt))

    def _close(self) -> None:
        for making in self._making.values():
            making.sampler.close()


class _Making:
    """One answer: its `place` in the request, the tokens drawn so far, and how many there may be."""

    def __init__(self, place: int, prompted: Prompted, room: int, vocabulary: Vocabulary) -> None:
        self.place = place
        self.prompted = prompted
        self.room = room
        self.tokens: list[int] = []
        self.sampler = Sampler(prompted.sampling, vocabulary.size)
