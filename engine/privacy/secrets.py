"""Secrets people paste by accident: keys, tokens and passwords, by the public rule classes of secret scanners.

Tokens with a vendor's prefix are told by their shape alone; anything else only beside a word that names it.
"""

import re
from collections.abc import Iterator

from engine.privacy.spans import Span

_VENDORS = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",  # Amazon
    r"gh[pousr]_[A-Za-z0-9]{36,}",  # GitHub
    r"github_pat_\w{22,}",
    r"gl(?:pat|dt|rt|cbt|ptt|soat)-[\w-]{20,}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack
    r"xapp-\d-[A-Za-z0-9-]{20,}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}",  # Stripe
    r"sk-(?:ant-|proj-|svcacct-|admin-|or-)?[A-Za-z0-9_-]{20,}",  # OpenAI, Anthropic
    r"AIza[\w-]{35}",  # Google
    r"ya29\.[\w-]{20,}",
    r"GOCSPX-[\w-]{28}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[\w-]{50,}",
    r"hf_[A-Za-z0-9]{30,}",
    r"SG\.[\w-]{16,32}\.[\w-]{32,64}",  # SendGrid
    r"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",  # Shopify
    r"(?:AC|SK)[0-9a-f]{32}",  # Twilio
    r"\d{8,10}:AA[\w-]{32,34}",  # Telegram
    r"dapi[0-9a-f]{32}",  # Databricks
    r"(?:lin_api|ntn|secret|figd|pat)_[A-Za-z0-9_-]{32,}",
    r"hv[bs]\.[\w-]{24,}",  # Vault
    r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",  # JSON web token
)
_TOKEN = re.compile(rf"(?<![\w«])(?:{'|'.join(_VENDORS)})(?![\w»])")

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_HOOK = re.compile(r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}|(?<=discord\.com/api/webhooks/)[\w/-]{40,}")
_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@«»]{1,100}:([^\s/@«»]{3,200})@", re.IGNORECASE)

_NAMED = re.compile(
    r"""
    \b[\w-]{0,30}?
    (?: pass(?:word|wd|phrase|code)? | pwd | secret | token | credential | auth
      | (?:api|access|account|private|signing|encryption|client)[ _-]?(?:key|secret|token) )
    ["']? \s{0,3} (?: => | := | = | : | \bis\b ) \s{0,3}
    (?: "([^"\s«»]{6,200})" | '([^'\s«»]{6,200})' | ([^\s"'«»,;]{6,200}) )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CODE = re.compile(r"[$<{(\[]|[\w.]+\(|(?:https?|file)://|[A-Za-z_]+(?:\.[A-Za-z_]+)+$")


def find_secrets(text: str) -> Iterator[Span]:
    for pattern in (_PRIVATE_KEY, _TOKEN, _HOOK):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), "key")
    for match in _IN_ADDRESS.finditer(text):
        yield Span(match.start(1), match.end(1), "key")
    for match in _NAMED.finditer(text):
        group = next(number for number in (1, 2, 3) if match[number] is not None)
        start, value = match.start(group), match[group].rstrip(".!?)")
        if _looks_random(value):
            yield Span(start, start + len(value), "key")


def _looks_random(value: str) -> bool:
    """A value that a person or a generator chose, not a word of prose and not a reference in code."""
    if len(value) < 6 or _CODE.match(value):
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w]"))
    return bool(re.search(r"\d", value)) and kinds >= 2
