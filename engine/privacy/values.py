"""The plain values of privacy: consent as it was given, and lines of the audit trail."""

from msgspec import Struct

AuditField = str | int | float | bool | None | list[str]


class ConsentRow(Struct, frozen=True, kw_only=True):
    """One answer of the owner's. `version` names this very row; feedback keeps it."""

    version: int
    scope: str
    given: bool
    page_version: int
    at_ms: int


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One line of the trail. `action` is a key of translations/*/privacy.toml, with "audit_" before it."""

    id: int
    action: str
    fields: dict[str, AuditField]
    at_ms: int
