"""Errors every room raises: a code and fields for programs; the words for people live in resources/translations.

HearthsideError        exit 1   something failed; nothing acknowledged is lost
├── UsageError         exit 2   the command was not understood
├── KeyProblem         exit 3   the profile's key: none, locked, missing, wrong, no answer
├── InputRefused       exit 4   what was given cannot be used
├── Busy               exit 5   another process owns the profile
└── Interrupted        exit 130 the owner cancelled
"""

from typing import ClassVar


class HearthsideError(Exception):
    """A failure with a `code` (a key of resources/translations/*/errors.toml) and the `fields` its words need."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields = fields

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value!r}" for name, value in self.fields.items())])


class UsageError(HearthsideError):
    exit_code = 2


class KeyProblem(HearthsideError):
    exit_code = 3


class InputRefused(HearthsideError):
    exit_code = 4


class Busy(HearthsideError):
    exit_code = 5


class Interrupted(HearthsideError):
    """The owner cancelled; raised by `Control.checkpoint` and never shown as a failure."""

    exit_code = 130

    def __init__(self, code: str = "interrupted", **fields: object) -> None:
        super().__init__(code, **fields)
