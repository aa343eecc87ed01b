"""What a base model says, greedily, to prompts that ship with the program: made once a machine, and kept beside it.

Training replays such answers and the gates measure them, each as often as something is trained; they are the same for
every profile. The file is not encrypted, so no prompt of the owner's may come here.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.durable import write_atomically
from engine.models.runtime import Runtime
from engine.models.values import Message, Sampling, StreamChunk
from engine.progress import Control


class BaseAnswers:
    """Answers of whatever model `runtime` serves. Where they cannot be kept, they are known until the program ends."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, str] = {}

    def answer(self, prompt: Sequence[Message], tokens: int, control: Control) -> str:
        """At most so many tokens. Raises Interrupted; what was answered before stays."""
        serving = self._runtime.description.serving_sha256
        place = hashlib.sha256(msgspec.json.encode((serving, tokens, self._runtime.render(prompt)))).hexdigest()
        if place not in self._known:
            self._known |= self._kept()
        if place not in self._known:
            self._known[place] = self._made(prompt, tokens, control)
            self._keep(place)
        return self._known[place]

    def _made(self, prompt: Sequence[Message], tokens: int, control: Control) -> str:
        control.checkpoint()
        greedy = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=tokens)
        chunks = self._runtime.stream(prompt, greedy, control=control)
        answer = "".join(chunk.text for chunk in chunks if isinstance(chunk, StreamChunk))
        control.checkpoint()  # cut short, it is no answer
        return answer

    @property
    def _file(self) -> Path:
        model = self._runtime.description
        return Path(model.path).parent / f"answers-{model.serving_sha256[:16]}.json"

    def _kept(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError):
            return {}

    def _keep(self, place: str) -> None:
        kept = self._kept() | {place: self._known[place]}
        with contextlib.suppress(OSError):  # models may lie where nobody may write
            write_atomically(self._file, msgspec.json.encode(kept))
