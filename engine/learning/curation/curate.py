"""From feedback as it was said to examples that may be learned from, each removal with a reason the owner can read."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from engine.learning.curation.neighbours import Neighbours, said
from engine.learning.curation.quality import unfit
from engine.learning.values import Example, Feedback
from engine.models.values import Message
from engine.privacy.masking import Mask, without_names
from engine.privacy.redact import Redacted

PromptOf = Callable[[Feedback], list[Message] | None]

THUMB_WEIGHT = 0.25
"""Of an answer only praised, against one the owner wrote or chose: a weaker word, and the model's own."""

WITHDRAWN = frozenset({"left_out_no_consent", "left_out_chat", "left_out_folder", "left_out_by_owner"})
"""The reasons that are the owner's will."""

TARGET_CHARACTERS = 6_000
PROMPT_CHARACTERS = 16_000


class Permission(Struct, frozen=True, kw_only=True):
    """What the owner allows: whether learning is on, which consents were ever given, which rows are taken out, which
    kept against doubts, which conversations refused; and whether a turn drew on documents that must not teach."""

    given: bool
    grants: frozenset[int]
    left_out: frozenset[str]
    kept_anyway: frozenset[str]
    refused_chats: frozenset[str]
    is_off_limits: Callable[[str], bool]


def curate(
    rows: Sequence[Feedback], prompt_of: PromptOf, permission: Permission, mask: Mask = without_names
) -> list[Example]:
    """One example a row, in the rows' order (oldest first); those not to be learned from say why in `left_out`.

    The newest word on a turn holds: an earlier correction of it, and a thumb beside one, are superseded. Of two rows
    with the same question and the same answer the newer stays, but what the owner wrote or chose before what was only
    praised; one the owner took out keeps its doubles out too. So it is with near doubles, with one answer to several
    questions and, among those learned from, with two different answers to the same conversation, unless the owner keeps
    both.
    """
    spoken: set[str] = {row.turn_id for row in rows if row.turn_id and row.kind != "thumb"}
    seen: set[tuple[str, str]] = set()
    heard: set[tuple[str, bool]] = set()
    neighbours = Neighbours()
    examples: dict[str, Example] = {}
    prompts = {row.id: prompt_of(row) or [] for row in rows}
    masked = _masked(rows, prompts, mask)
    newest_first = rows[::-1]
    for row in sorted(newest_first, key=lambda row: row.kind == "thumb"):
        example = _example(row, prompts[row.id], masked)
        reason = _refused(row, example, permission)
        if row.turn_id:
            is_thumb = row.kind == "thumb"
            if (row.turn_id, is_thumb) in heard or (is_thumb and row.turn_id in spoken):
                reason = "left_out_superseded"
            heard.add((row.turn_id, is_thumb))
        double = (normal(question_of(example.prompt)), normal(example.target))
        if reason is None and double in seen:
            reason = "left_out_duplicate"
        if reason in (None, "left_out_by_owner"):
            seen.add(double)
        if reason is None and row.id not in permission.kept_anyway:
            reason = unfit(example) or neighbours.doubt(said(example))
        if reason in (None, "left_out_by_owner"):
            neighbours.add(said(example), speaks=reason is None)
        examples[row.id] = msgspec.structs.replace(example, left_out=reason)
    return [examples[row.id] for row in rows]


def kinds_of(examples: Sequence[Example]) -> dict[str, int]:
    """How many there are of each kind of feedback."""
    return dict(Counter(example.kind for example in examples))


def reasons_of(examples: Sequence[Example]) -> dict[str, int]:
    """How many are left out for each reason, most first."""
    return dict(Counter(example.left_out for example in examples if example.left_out is not None).most_common())


def question_of(prompt: Sequence[Message]) -> str:
    """The owner's last message."""
    return next((message.content for message in reversed(prompt) if message.role == "user"), "")


def normal(text: str) -> str:
    """`text` as it is compared: case and spacing aside."""
    return " ".join(text.casefold().split())


def _masked(rows: Sequence[Feedback], prompts: dict[str, list[Message]], mask: Mask) -> dict[str, Redacted]:
    """Every text of the rows, masked: all at once, so that names are looked for in batches."""
    texts = dict.fromkeys(text for row in rows for text in (_answer(row), _rejected(row)))
    texts |= dict.fromkeys(message.content for prompt in prompts.values() for message in prompt)
    return dict(zip(texts, mask(list(texts)), strict=True))


def _answer(row: Feedback) -> str:
    return (row.draft if row.kind == "thumb" else row.final) or ""


def _rejected(row: Feedback) -> str:
    return (row.draft if row.kind == "correction" else row.rejected) or ""


def _example(row: Feedback, prompt: Sequence[Message], masked: dict[str, Redacted]) -> Example:
    answer, rejected = masked[_answer(row)], masked[_rejected(row)]
    contents = [masked[message.content] for message in prompt]
    return Example(
        id=row.id,
        feedback_id=row.id,
        prompt=[Message(message.role, content.text) for message, content in zip(prompt, contents, strict=True)],
        target=answer.text.strip(),
        weight=THUMB_WEIGHT if row.kind == "thumb" else 1.0,
        redactions=answer.count + rejected.count + sum(content.count for content in contents),
        created_ms=row.created_ms,
        kind=row.kind,
        rejected=rejected.text.strip(),
        turn_id=row.turn_id,
        thread_id=row.thread_id,
    )


def _refused(row: Feedback, example: Example, permission: Permission) -> str | None:
    """Why this row by itself is not learned from: the first of the reasons that holds."""
    reasons = {
        "left_out_no_consent": not permission.given or row.consent_version not in permission.grants,
        "left_out_chat": row.thread_id in permission.refused_chats,
        "left_out_folder": row.turn_id is not None and permission.is_off_limits(row.turn_id),
        "left_out_by_owner": row.id in permission.left_out,
        "left_out_not_praised": row.kind == "thumb" and row.rating != "up",
        "left_out_turn_gone": not question_of(example.prompt).strip(),
        "left_out_empty": not example.target,
        "left_out_unchanged": row.kind == "correction" and normal(row.final or "") == normal(row.draft or ""),
        "left_out_too_long": len(example.target) > TARGET_CHARACTERS
        or sum(len(message.content) for message in example.prompt) > PROMPT_CHARACTERS,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
