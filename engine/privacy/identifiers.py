"""Structured personal data: mail addresses, accounts, cards, papers, machines; by checksum where there is one."""

import ipaddress
import re
from collections.abc import Iterator

from engine.privacy.checksums import IBAN_LENGTHS, luhn, mod_97
from engine.privacy.spans import Span

_EMAIL = re.compile(r"(?<![\w«])[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?<!\.)@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?!\w)")
_IBAN_START = re.compile(r"(?<![A-Z0-9])([A-Z]{2})\d{2}(?=[ -]?[A-Z0-9])", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){8,14}\d(?![\w]|[.-]\d)")
_SSN = re.compile(r"(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w]|[.-]\d)")
_SSN_NAMED = re.compile(
    r"(?:\bSSN\b|\bsocial security(?: number| no\.?)?)\W{0,3}(?:is|of)?\W{0,3}"
    r"((?!000|666|9\d\d)\d{3} ?\d{2} ?\d{4})(?!\d)",
    re.IGNORECASE,
)
_IP4 = re.compile(r"(?<![\w.-])(?<!version )\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)", re.IGNORECASE)
_IP6 = re.compile(r"(?<![\w:.])[0-9a-f:]{6,39}(?::\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])", re.IGNORECASE)


def find_emails(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        yield Span(match.start(), match.end(), "email")


def find_ibans(text: str) -> Iterator[Span]:
    """Account numbers, in one piece or in groups, of the length their country uses and with their check digits."""
    for match in _IBAN_START.finditer(text):
        end = _walk(text, match.start(), IBAN_LENGTHS.get(match[1].upper(), 0))
        if end is not None and mod_97(re.sub(r"[ -]", "", text[match.start() : end])):
            yield Span(match.start(), end, "iban")


def find_cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if 13 <= len(digits) <= 19 and luhn(digits):
            yield Span(match.start(), match.end(), "card")


def find_ssns(text: str) -> Iterator[Span]:
    """United States social security numbers: hyphened, or in any form beside their name."""
    for match in _SSN.finditer(text):
        yield Span(match.start(), match.end(), "ssn")
    for match in _SSN_NAMED.finditer(text):
        yield Span(match.start(1), match.end(1), "ssn")


def find_ips(text: str) -> Iterator[Span]:
    """Addresses of machines; not the loopback and unspecified ones, which say nothing of anybody."""
    for pattern in (_IP4, _IP6):
        for match in pattern.finditer(text):
            if pattern is _IP6 and (match[0].count(":") < 3 or not re.search(r"\d", match[0])):
                continue
            if _is_telling(match[0]):
                yield Span(match.start(), match.end(), "ip")


def _is_telling(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified)


def _walk(text: str, start: int, length: int) -> int | None:
    """The end of `length` letters and digits from `start`, single spaces or hyphens between them; None if cut short."""
    if not length:
        return None
    taken, position = 0, start
    while taken < length:
        if position < len(text) and text[position] in " -" and taken:
            position += 1
        if position >= len(text) or not (text[position].isascii() and text[position].isalnum()):
            return None
        taken, position = taken + 1, position + 1
    return None if position < len(text) and text[position].isalnum() else position
