"""Telephone numbers: plain by their shape, or doubtful ones beside a word such as "call" or "fax"."""

import re
from collections.abc import Iterator

from engine.privacy.spans import Span

_BEFORE = r"(?<![\w/$€£#«-])(?<!\d[.,:])(?<![\d)]\ )"
_AFTER = r"(?:\ ?(?:x|ext\.?)\ ?\d{1,6})?(?![\w%°€]|[-.,:/]?\d|\ \d)"
_PLAIN = re.compile(
    rf"""{_BEFORE}(?:
      (?:\+|00)\d{{1,3}}[ .-]?(?:\(\d{{1,5}}\)[ .-]?)?\d{{1,5}}(?:[ .-]?\d{{2,5}}){{1,5}}   # international
    | (?:\+?1[-. ])?(?:\(\d{{3}}\)[-. ]?|\d{{3}}[-. ])\d{{3}}[-. ]\d{{4}}                   # North America
    | (?:001|1)-\d{{3}}-\d{{3}}-\d{{4}}
    | \(\d{{2,5}}\)[ -]?\d{{2,5}}(?:[ -]\d{{2,5}}){{0,3}}                                   # (area) number
    | 0\d{{1,4}}(?:[ ./-]\d{{2,8}}){{1,5}}                                                  # national, trunk prefix
    ){_AFTER}""",
    re.VERBOSE,
)
_DOUBTFUL = re.compile(rf"{_BEFORE}\d{{2,5}}(?:[ .-]?\d{{2,8}}){{1,4}}{_AFTER}", re.VERBOSE)
_PAIRS = re.compile(r"\d\d(?:[ .-]\d\d){2}")
_CUE = re.compile(
    r"(?<!«)\b(?:phones?|telephones?|tel|calls?|called|calling|ring|dial|fax|mobile|cell|cellphone|reach|answering"
    r"|contact|whatsapp|sms|voicemail|hotline|office|landline|(?:my|your|his|her|their|our) number)\b(?!»)",
    re.IGNORECASE,
)
_REACH_BEFORE, _REACH_AFTER = 32, 10
_DATE = re.compile(
    r"(?:1[6-9]|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])\b"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:1[6-9]|20)?\d\d$"
    r"|(?:1[6-9]|20)\d\d ?- ?(?:1[6-9]|20)\d\d$"
)


def find_phones(text: str) -> Iterator[Span]:
    for match in _PLAIN.finditer(text):
        if 7 <= _digits(match[0]) <= 20 and not _DATE.match(match[0]):
            yield Span(match.start(), match.end(), "phone")
    for match in _DOUBTFUL.finditer(text):
        if (
            (7 <= _digits(match[0]) <= 15 or _PAIRS.fullmatch(match[0]))
            and not _DATE.match(match[0])
            and _has_cue(text, match)
        ):
            yield Span(match.start(), match.end(), "phone")


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _has_cue(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _REACH_BEFORE) : match.start()]
    after = text[match.end() : match.end() + _REACH_AFTER]
    return bool(_CUE.search(before) or _CUE.search(after))
