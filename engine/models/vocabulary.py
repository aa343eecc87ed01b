"""Text to tokens and back, keeping a model's control tokens out of what people and documents say."""

import codecs
import ctypes
import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from engine.models.native import llama
from engine.models.template import ChatTemplate
from engine.models.values import Message

# Two characters that no text may hold (Unicode noncharacters): they fence what must not be read as a control token.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_FENCED = re.compile(f"{_OPEN}(.*?){_CLOSE}", re.DOTALL)
_LONGEST_PIECE = 256


class Vocabulary:
    """The tokens of one loaded model."""

    def __init__(self, model: Any) -> None:
        self._vocab = llama().llama_model_get_vocab(model)
        self.size: int = llama().llama_vocab_n_tokens(self._vocab)

    def tokenize(self, text: str, *, control_tokens: bool = False) -> list[int]:
        """Tokens of `text`; names of control tokens in it are text unless `control_tokens`."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (ctypes.c_int32 * room)()
        count = llama().llama_tokenize(self._vocab, data, len(data), tokens, room, False, control_tokens)
        if count < 0:
            raise OverflowError(count)
        return list(tokens[:count])

    def answer(self, text: str) -> list[int]:
        """Tokens of an answer, ended as the model ends one."""
        lib = llama()
        end = lib.llama_vocab_eot(self._vocab)
        return [*self.tokenize(text), end if end >= 0 else lib.llama_vocab_eos(self._vocab)]

    def prompt(self, template: ChatTemplate, messages: Sequence[Message]) -> list[int]:
        """Tokens of `messages` under `template`. A control token's name inside a message stays plain text."""
        fenced = [Message(message.role, self._fence(message.content)) for message in messages]
        parts = _FENCED.split(template.render(fenced))
        tokens = [
            token for number, part in enumerate(parts) for token in self.tokenize(part, control_tokens=number % 2 == 0)
        ]
        begin = llama().llama_vocab_bos(self._vocab)
        if llama().llama_vocab_get_add_bos(self._vocab) and tokens[:1] != [begin]:
            tokens.insert(0, begin)
        return tokens

    def ends_answer(self, token: int) -> bool:
        return bool(llama().llama_vocab_is_eog(self._vocab, token))

    def piece(self, token: int) -> bytes:
        """The bytes `token` stands for, which need not be whole characters; none for control tokens."""
        buffer = ctypes.create_string_buffer(_LONGEST_PIECE)
        size = llama().llama_token_to_piece(self._vocab, token, buffer, _LONGEST_PIECE, 0, False)
        if size < 0:
            buffer = ctypes.create_string_buffer(-size)
            size = llama().llama_token_to_piece(self._vocab, token, buffer, -size, 0, False)
        return buffer.raw[:size]

    def text(self, tokens: Iterable[int]) -> str:
        return b"".join(map(self.piece, tokens)).decode("utf-8", "replace")

    def name(self, token: int) -> str:
        """How a control token is written; empty for one the model lacks."""
        return llama().llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace") if token >= 0 else ""

    def template(self, source: str) -> ChatTemplate:
        lib = llama()
        begin, end = lib.llama_vocab_bos(self._vocab), lib.llama_vocab_eos(self._vocab)
        return ChatTemplate(source, begin=self.name(begin), end=self.name(end))

    def _fence(self, text: str) -> str:
        plain = text.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
        return self._control_names.sub(lambda found: f"{_OPEN}{found[0]}{_CLOSE}", plain)

    @functools.cached_property
    def _control_names(self) -> re.Pattern[str]:
        lib = llama()
        control = [token for token in range(self.size) if lib.llama_vocab_is_control(self._vocab, token)]
        names = sorted(filter(None, map(self.name, control)), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names)) or r"(?!)")


class Spelling:
    """Turns tokens into text of whole characters as they come."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, token: int) -> str:
        """The characters that `token` completes; often a word, at times none."""
        return self._decoder.decode(self._vocabulary.piece(token))

    def rest(self) -> str:
        """What an unfinished character becomes when nothing follows."""
        return self._decoder.decode(b"", final=True)
