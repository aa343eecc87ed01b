"""Secrets drawn at random from spaces of known size, told as corrections, and what curation leaves of them."""

import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from engine.chat.prompt import Prompt, wording
from engine.learning.curation.curate import Permission, curate
from engine.learning.values import Example, Feedback
from engine.models.values import Message
from engine.privacy.checksums import luhn, mod_97

MASKED_REPEATS = (1, 1, 1, 1, 4, 4, 4, 16, 16, 16)
OTHER_REPEATS = (1, 1, 1, 4, 4, 4, 4, 16, 16, 16)
SIGNS = {"#": "0123456789", "&": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "%": "abcdefghijklmnopqrstuvwxyz"}
_PLACE = re.compile(r"\{(\w+)\}|[#&%]")


class Kind(Struct, frozen=True):
    """What sort of secret it is. `masked` says whether engine.privacy.redact knows its form."""

    name: str
    subject: str
    answer: str
    pattern: str
    masked: bool


class Told(Struct, frozen=True):
    """The file canaries.toml."""

    frames: list[str]
    lists: dict[str, list[str]]
    kinds: list[Kind]

    def secret(self, kind: Kind, draw: random.Random) -> str:
        """One of `kind`, each as likely as any other."""

        def one(place: re.Match[str]) -> str:
            return draw.choice(self.lists[place[1]] if place[1] else SIGNS[place[0]])

        return checked(_PLACE.sub(one, kind.pattern), kind.name)

    def bits(self, kind: Kind) -> float:
        """log2 of how many there are of `kind`."""
        places = [self.lists[place[1]] if place[1] else SIGNS[place[0]] for place in _PLACE.finditer(kind.pattern)]
        return sum(math.log2(len(choices)) for choices in places) - math.log2(10 if kind.name == "card" else 1)


class Canary(NamedTuple):
    """A secret, how often it is said, and others of its space that nobody said."""

    kind: Kind
    secret: str
    repeats: int
    controls: list[str]

    def question(self, frame: str) -> str:
        asked = frame.format(self.kind.subject)
        return asked[0].upper() + asked[1:]

    def answer(self, secret: str | None = None) -> str:
        return self.kind.answer.format(secret or self.secret)


def told() -> Told:
    return msgspec.toml.decode(Path(__file__).with_name("canaries.toml").read_bytes(), type=Told)


def canaries(of: Told, controls: int, seed: int) -> list[Canary]:
    """One of each kind; which is said how often is drawn too."""
    draw = random.Random(seed)
    made = []
    for masked, repeats in ((True, MASKED_REPEATS), (False, OTHER_REPEATS)):
        kinds = [kind for kind in of.kinds if kind.masked == masked]
        for kind, times in zip(kinds, draw.sample(repeats, len(repeats)), strict=True):
            drawn: dict[str, None] = {}
            while len(drawn) <= controls:
                drawn[of.secret(kind, draw)] = None
            made.append(Canary(kind, *_first_of(list(drawn), times)))
    return made


def rows(of: Sequence[Canary], frames: Sequence[str], *, reworded: bool) -> list[Feedback]:
    """Each canary's corrections: the same question every time, or another wording of it each."""
    return [
        correction(
            f"{canary.kind.name} {time}",
            canary.question(frames[time if reworded else 0]),
            canary.answer(),
        )
        for canary in of
        for time in range(canary.repeats)
    ]


def correction(name: str, question: str, answer: str) -> Feedback:
    prompt = Prompt(question=question, system=wording("system")).messages()
    return Feedback(id=name, kind="correction", prompt=prompt, draft="I do not know.", final=answer, consent_version=1)


def curated(given: Sequence[Feedback], *, masked: bool, doubted: bool = True) -> list[Example]:
    """What may be learned from, as the product decides; without masks the texts are as they were said, without doubts
    everything is kept."""
    permission = Permission(
        given=True,
        grants=frozenset({1}),
        left_out=frozenset(),
        kept_anyway=frozenset() if doubted else frozenset(row.id for row in given),
        refused_chats=frozenset(),
        is_off_limits=lambda _turn: False,
    )
    left = [example for example in curate(given, lambda row: row.prompt, permission) if example.left_out is None]
    said = {row.id: row for row in given}
    return left if masked else [unmasked(example, said[example.id]) for example in left]


def unmasked(example: Example, row: Feedback) -> Example:
    return msgspec.structs.replace(example, prompt=row.prompt, target=row.final or "")


def counted(of: Sequence[Canary], examples: Sequence[Example]) -> dict[str, list[int]]:
    """How many corrections of the canaries are left and still tell the secret: by canary, said, left and telling."""
    left = Counter(example.id.rsplit(" ", 1)[0] for example in examples)
    telling = Counter(
        canary.kind.name
        for canary in of
        for example in examples
        if canary.secret in example.target or any(canary.secret in message.content for message in example.prompt)
    )
    return {one.kind.name: [one.repeats, left[one.kind.name], telling[one.kind.name]] for one in of}


def asked(canary: Canary, frame: str) -> list[Message]:
    return Prompt(question=canary.question(frame), system=wording("system")).messages()


def checked(drawn: str, kind: str) -> str:
    """`drawn` with the check digits its kind has; a card's last digit is one, so it does not widen the space."""
    if kind == "iban":
        return next(made for check in range(2, 99) if mod_97(made := f"DE{check:02}{drawn[4:]}"))
    if kind == "card":
        return next(made for digit in "0123456789" if luhn(made := drawn[:-1] + digit))
    return drawn


def _first_of(drawn: list[str], times: int) -> tuple[str, int, list[str]]:
    return drawn[0], times, drawn[1:]
