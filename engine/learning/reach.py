"""How far learning may reach: whether it is on, and the conversations and documents its owner keeps out of it."""

import math
from collections.abc import Callable, Iterable
from typing import Literal

import apsw

from engine.errors import InputRefused
from engine.learning.curation.curate import Permission
from engine.learning.records.records import Records
from engine.learning.records.signals import Given
from engine.privacy.consent import LEARNING, NAMED_FROM, PAGE_VERSION, SIGNALS_PAGE, chat_scope
from engine.settings import Settings

Refusal = Literal["off", "chat", "folder"]


class Reach:
    """Consent by scope. `is_off_limits` says whether a turn drew, itself or by what was said before it, on documents
    that must not teach."""

    def __init__(self, records: Records, is_off_limits: Callable[[str], bool]) -> None:
        self._records = records
        self._is_off_limits = is_off_limits

    @property
    def consent(self) -> int | None:
        """The version of the consent in force; None while learning is off."""
        return self._records.consent.current(LEARNING)

    def required(self) -> int:
        """The same. Raises InputRefused("learning_off") while it is."""
        consent_version = self.consent
        if consent_version is None:
            raise InputRefused("learning_off")
        return consent_version

    @property
    def page(self) -> int | None:
        """The page of words on which the consent in force was given; None while learning is off."""
        return self._records.consent.page(LEARNING)

    def unnamed(self, before: Settings, after: Settings) -> list[str]:
        """The settings turned on since `before` that the page agreed to does not name; none while learning is off."""
        page = self.page
        return [
            name
            for name, first in NAMED_FROM.items()
            if page is not None and page < first and getattr(after, name) and not getattr(before, name)
        ]

    def set_on(self, on: bool) -> None:
        """Consent, also to a newer page than was agreed to before; or take it back."""
        page = self.page
        renewed = on and page is not None and page < PAGE_VERSION
        if renewed or on != (page is not None):
            with self._records.database.write() as connection:
                self._say(connection, LEARNING, on)
                self._records.audit.record(
                    connection, "learning_renewed" if renewed else "learning_on" if on else "learning_off"
                )
                if not on:
                    self._records.trials.end(connection, "learning_off")

    def learns_from(self, thread_id: str) -> bool:
        """Whether a conversation may teach, once learning is on."""
        return thread_id not in self._records.consent.refused_chats()

    def set_learns_from(self, thread_id: str, wanted: bool) -> None:
        if wanted != self.learns_from(thread_id):
            with self._records.database.write() as connection:
                self._say(connection, chat_scope(thread_id), wanted)
                self._records.audit.record(connection, "chat_on" if wanted else "chat_off", thread=thread_id)

    def refusal(self, thread_id: str, turn_id: str) -> Refusal | None:
        """Why nothing said of this turn may be kept to learn from."""
        if self.consent is None:
            return "off"
        if not self.learns_from(thread_id):
            return "chat"
        return "folder" if self._is_off_limits(turn_id) else None

    @property
    def hears_signals(self) -> bool:
        """Whether the consent in force was given on a page that names the signs an answer's use leaves."""
        return any(end == math.inf for _, end in self._hearing())

    def heard(self, answers: Iterable[Given]) -> list[Given]:
        """Those given while signs were kept, in conversations that may teach."""
        spans, refused = self._hearing(), self._records.consent.refused_chats()
        return [
            one
            for one in answers
            if one.thread_id not in refused and any(start <= one.at_ms < end for start, end in spans)
        ]

    def permission(self) -> Permission:
        consent = self._records.consent
        return Permission(
            given=self.consent is not None,
            grants=consent.grants(LEARNING),
            left_out=self._records.log.left_out(),
            kept_anyway=self._records.log.kept_anyway(),
            refused_chats=consent.refused_chats(),
            is_off_limits=self._is_off_limits,
        )

    def _hearing(self) -> list[tuple[int, float]]:
        return self._records.consent.spans(LEARNING, SIGNALS_PAGE)

    def _say(self, connection: apsw.Connection, scope: str, wanted: bool) -> None:
        consent = self._records.consent
        (consent.give if wanted else consent.withdraw)(connection, scope)
