"""Characters a reader cannot see but a model can: taken out of every text before it is kept.

Tag characters and variation selectors smuggle instructions, bidirectional controls make text read otherwise than it
is stored, zero-width marks split words so that no search finds them. Zero-width joiners stay: Persian, Hindi and emoji
are spelled with them.
"""

import re

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, but for tab and line ends
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufeff\uffa0"  # fillers and soft hyphens
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb"  # zero-width and bidirectional controls
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors
    "]+"
)
_LINE_END = re.compile("\r\n|[\r\x0c\x85]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")  # no file and no message can carry it


def visible(text: str) -> str:
    """`text` without what cannot be seen; line ends and form feeds as newlines."""
    return _HALF_PAIR.sub("\ufffd", _HIDDEN.sub("", _LINE_END.sub("\n", text)))
