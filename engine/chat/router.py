"""What a turn draws on — documents, memory, adapter — and the reason for each in the owner's words."""

from collections.abc import Sequence

from msgspec import Struct

from engine.chat.prompt import Prompt, Shown
from engine.chat.values import AskOptions, Route
from engine.learning.policies import POLICIES, SHIPPED, Drawn, Looked, looked
from engine.learning.values import Answering, Arm, Nearest
from engine.library.library import Library
from engine.library.values import Passage, Scope
from engine.memory.memory import Memory
from engine.memory.values import Entry
from engine.models.values import AdapterInUse
from engine.words import say

# The score below which a passage is not shown. Measured by tests/benchmarks/citations.py: of XQuAD questions whose
# article is in the library 97 % find their passage above it, of those whose article is not 11 % find any; CISI's
# questions all find one, instructions that have nothing to do with CISI 7 %.
FLOOR = 0.30


class Material(Struct, frozen=True, kw_only=True):
    """What was found for a question, before it is known what has room. A reason says why nothing was found; `limits`
    are those of the documents that were searched, in words. With `comparison` it is for a draft."""

    passages: Sequence[Passage] = ()
    limits: Sequence[str] = ()
    looked: Looked | None = None
    no_documents: str = ""
    preferences: Sequence[Entry] = ()
    corrections: Sequence[Entry] = ()
    no_memory: str = ""
    adapter: AdapterInUse | None = None
    arm: Arm | None = None
    domain: Nearest | None = None
    own: bool = False
    comparison: str | None = None
    no_adapter: str = ""

    def beside(self, prompt: Prompt) -> Prompt:
        """`prompt` with everything that was found."""
        return Prompt(
            system=prompt.system,
            question=prompt.question,
            history=prompt.history,
            passages=tuple(Shown(number, passage) for number, passage in enumerate(self.passages, 1)),
            corrections=tuple(self.corrections),
            preferences=tuple(self.preferences),
        )


class Router(Struct, frozen=True):
    """Looks for what could help with a question, where the owner's options and settings let it look."""

    library: Library
    memory: Memory

    def gather(
        self, question: str, options: AskOptions, *, passages: int, answering: Answering, drawn: Drawn | None = None
    ) -> Material:
        scope = options.scope or Scope()
        found, look, no_documents = self._documents(question, passages if options.documents else 0, drawn, scope)
        preferences = self.memory.preferences() if options.memory else []
        corrections = [recalled.entry for recalled in self.memory.recall(question)] if options.memory else []
        return Material(
            passages=found,
            limits=[part.words for part in self.library.scope_parts(scope)] if scope and options.documents else [],
            looked=look,
            no_documents=no_documents,
            preferences=preferences,
            corrections=corrections,
            no_memory=say("chat.route_memory_none" if options.memory else "chat.route_memory_off"),
            adapter=answering.adapter if options.adapter else None,
            arm=answering.arm if options.adapter else None,
            domain=answering.domain,
            own=answering.own and options.adapter,
            no_adapter=say("chat.route_adapter_none" if options.adapter else "chat.route_adapter_off"),
        )

    def _documents(
        self, question: str, wanted: int, drawn: Drawn | None, scope: Scope
    ) -> tuple[list[Passage], Looked | None, str]:
        if wanted == 0:
            return [], None, say("chat.route_documents_off")
        if self.library.counts()[1] == 0:
            return [], None, say("chat.route_documents_empty")
        if scope and self.library.counts(scope)[1] == 0:
            return [], None, say("chat.route_scope_empty")
        policies = [SHIPPED] if drawn is None else POLICIES
        ranked = self.library.ranked(question, [policy.ranking(wanted) for policy in policies], FLOOR, scope)
        shown = {policy.name: found for policy, found in zip(policies, ranked, strict=True)}
        found = shown[SHIPPED.name if drawn is None else drawn.policy]
        ids = {name: [passage.chunk_id for passage in passages] for name, passages in shown.items()}
        return (
            found,
            looked(drawn, ids) if drawn is not None else None,
            "" if found else say("chat.route_documents_far"),
        )


def route(material: Material, prompt: Prompt) -> Route:
    """What `prompt` holds of `material`, with a sentence on each of documents, memory and adapter."""
    reasons = [_documents(material, prompt), _memory(material, prompt), _adapter(material)]
    return Route(
        documents=bool(prompt.passages),
        memory=bool(prompt.preferences or prompt.corrections),
        adapter=material.adapter.adapter_id if material.adapter else None,
        reason=" ".join(reasons),
        arm=material.arm,
        domain=material.domain.id if material.domain else None,
        comparison=material.comparison,
        looked=material.looked if prompt.passages else None,
    )


def _documents(material: Material, prompt: Prompt) -> str:
    words = _found(material, prompt)
    return f"{words} {say('chat.route_scope', limits=' · '.join(material.limits))}" if material.limits else words


def _found(material: Material, prompt: Prompt) -> str:
    if prompt.passages:
        files = len({shown.passage.document_id for shown in prompt.passages})
        words = say("chat.route_documents", passages=len(prompt.passages), files=files)
        return words if material.looked is None else f"{words} {say('chat.route_retrieval')}"
    return say("chat.route_documents_no_room") if material.passages else material.no_documents


def _memory(material: Material, prompt: Prompt) -> str:
    if prompt.preferences or prompt.corrections:
        return say("chat.route_memory", preferences=len(prompt.preferences), corrections=len(prompt.corrections))
    found = material.preferences or material.corrections
    return say("chat.route_memory_no_room") if found else material.no_memory


def _adapter(material: Material) -> str:
    if material.comparison is not None:
        return say("chat.route_compared")  # the same for both: who chooses must not know
    if material.arm is not None:
        return say("chat.route_trial")  # whichever it was: who rates an answer must not know
    if material.adapter is None:
        return material.no_adapter
    if material.own and material.domain is not None:
        named = "named" if material.domain.name else "unnamed"
        return say(f"chat.route_domain_{named}", domain=material.domain.name)
    return say("chat.route_adapter", scale=f"{material.adapter.scale:g}")
