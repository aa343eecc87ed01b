"""What a base model says, greedily, to prompts that ship with the program: made once a machine, and kept beside it.

Training replays such answers and the gates measure them, each as often as something is trained; they are the same for
every profile. The file is not encrypted, so no prompt of the owner's may come here.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from engine.durable import write_atomically
from engine.models.runtime import Runtime
from engine.models.values import Asked, Message, Sampling
from engine.progress import Control


def greedily(messages: Sequence[Message], tokens: int) -> Asked:
    """To be answered with what is likeliest, in at most so many tokens."""
    return Asked(list(messages), Sampling(temperature=0, repeat_penalty=1.0, max_tokens=tokens))


class BaseAnswers:
    """Answers of whatever model `runtime` serves. Where they cannot be kept, they are known until the program ends."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, str] = {}

    def answers(self, asked: Sequence[Asked], control: Control) -> Iterator[tuple[int, str]]:
        """(place in `asked`, answer) of each, as each is known. Raises Interrupted; what was answered before stays."""
        names = [self._name(one) for one in asked]
        if any(name not in self._known for name in names):
            self._known |= self._kept()
        yield from ((place, self._known[name]) for place, name in enumerate(names) if name in self._known)
        missing = [place for place, name in enumerate(names) if name not in self._known]
        for number, answer in self._runtime.answers([asked[place] for place in missing], control=control):
            place = missing[number]
            self._known[names[place]] = answer
            self._keep(names[place])
            yield place, answer

    def _name(self, asked: Asked) -> str:
        serving, tokens = self._runtime.description.serving_sha256, asked.sampling.max_tokens
        prompt = self._runtime.render(asked.messages)
        return hashlib.sha256(msgspec.json.encode((serving, tokens, prompt))).hexdigest()

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
