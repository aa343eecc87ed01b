"""Making a prompt fit the context: what gives way to what, when not everything has room."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from engine.chat.prompt import Exchange, Prompt, correction_text, passage_text, preference_text
from engine.errors import InputRefused
from engine.library.hidden_text import visible
from engine.models.runtime import Runtime
from engine.models.values import Message

# No model here reads more than about 131,072 tokens; a longer text is a document, not a question, and is refused before
# it is tokenized.
LONGEST_QUESTION = 100_000
Part = TypeVar("Part")

_TEMPLATE_TOKENS = 12  # what a chat template and our own words add around one part, generously


def answer_room(context_tokens: int, answer_tokens: int) -> int:
    """The tokens kept free for the answer: what is asked for, but never more than half the context."""
    return min(answer_tokens, context_tokens // 2)


def accept_question(question: str, system: str, runtime: Runtime, limit: int) -> str:
    """The question, without what cannot be seen, if it goes into `limit` prompt tokens. Raises InputRefused."""
    question = visible(question).strip()
    if not question:
        raise InputRefused("question_empty")
    if len(question) > LONGEST_QUESTION:
        raise InputRefused("question_too_long", characters=len(question), limit=LONGEST_QUESTION)
    tokens = len(runtime.render(Prompt(system=system, question=question).messages()))
    if tokens > limit:
        raise InputRefused("question_too_long", characters=len(question), limit=len(question) * limit // tokens)
    return question


def fitted(prompt: Prompt, runtime: Runtime, limit: int) -> Prompt:
    """`prompt` with as much beside its question as goes into `limit` tokens.

    System and question always stay. Preferences and corrections take an eighth of the rest each at most, then passages
    half of what is left (all of it where there is no history), then history. Parts go whole: the preferences stated
    last, the corrections most alike, the best passages and the latest turns are kept. History that overflows is cut to
    half its room, so that the next turns start with the same words and are not read anew.
    """

    def cost(text: str) -> int:
        return len(runtime.tokenize(text)) + _TEMPLATE_TOKENS

    bare = Prompt(system=prompt.system, question=prompt.question)
    room = limit - len(runtime.render(bare.messages()))
    preferences, spent = _taken(prompt.preferences[::-1], lambda entry: cost(preference_text(entry)), room // 8)
    corrections, more = _taken(prompt.corrections, lambda entry: cost(correction_text(entry)), room // 8)
    left = room - spent - more
    told = _told(prompt.history, cost, left)
    share = max(left // 2, left - sum(told)) if len(told) == len(prompt.history) else left // 2
    passages, spent = _taken(prompt.passages, lambda shown: cost(passage_text(shown)), share)
    kept = msgspec.structs.replace(
        prompt,
        preferences=preferences[::-1],
        corrections=corrections,
        passages=passages,
        history=_latest(prompt.history, told, left - spent),
    )
    return _within(kept, lambda messages: len(runtime.render(messages)), limit)


def _taken(parts: Sequence[Part], cost: Callable[[Part], int], room: int) -> tuple[tuple[Part, ...], int]:
    """The leading parts that go into `room`, and what they cost."""
    taken: list[Part] = []
    spent = 0
    for part in parts:
        price = cost(part)
        if spent + price > room:
            break
        taken.append(part)
        spent += price
    return tuple(taken), spent


def _told(history: Sequence[Exchange], cost: Callable[[str], int], room: int) -> list[int]:
    """What each of the latest turns costs, newest first; older ones than have room are not counted out."""
    told: list[int] = []
    for exchange in reversed(history):
        told.append(cost(exchange.question) + cost(exchange.answer))
        if sum(told) > room:
            break
    return told


def _latest(history: tuple[Exchange, ...], told: Sequence[int], room: int) -> tuple[Exchange, ...]:
    if len(told) == len(history) and sum(told) <= room:
        return history
    kept, _ = _taken(told, lambda price: price, room // 2)
    return history[len(history) - len(kept) :]


def _within(prompt: Prompt, count: Callable[[Sequence[Message]], int], limit: int) -> Prompt:
    """The costs above are estimates: drop parts, least needed first, until the rendered prompt does fit."""
    while count(prompt.messages()) > limit:
        for name, kept in (
            ("history", prompt.history[1:]),
            ("corrections", prompt.corrections[:-1]),
            ("passages", prompt.passages[:-1]),
            ("preferences", prompt.preferences[1:]),
        ):
            if getattr(prompt, name):
                prompt = msgspec.structs.replace(prompt, **{name: kept})
                break
        else:
            break
    return prompt
