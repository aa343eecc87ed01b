"""Text of documents as data: nothing invisible, and nothing the chat template could take for its own marks."""

import re

# Characters that show nothing: zero-width space, direction marks and overrides, invisible operators, the byte order
# mark, soft hyphen, tag characters and the variation selectors past 16 (both used to smuggle text), control
# characters other than tab and newline. Sources: LlamaFirewall's hidden_ascii scanner, garak's smuggling probes.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f\U000e0100-\U000e01ef"
    "\u0000-\u0008\u000b-\u001f\u007f-\u009f]"
)
# A joiner means something between two letters of the scripts that use it, and inside an emoji; nowhere else.
_STRAY_JOINER = re.compile(
    "(?<![^\u0000-\u007f\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\u0000-\u007f\u200c\u200d])"
)
_TEMPLATE_MARK = re.compile(
    r"<(?=\|[^|<>\s]{1,40}\|>)"  # <|im_start|>, <|eot_id|>
    r"|<(?=/?s>)|<(?=(?:start|end)_of_turn>)|<(?=<?/?SYS>)"
    r"|\[(?=/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\])"
)


def visible(text: str) -> str:
    """`text` without the characters that a reader cannot see but a model can."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    previous = None
    while text != previous:  # taking one character away may leave the next joiner stray
        previous = text
        text = _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))
    return text


def disarmed(text: str) -> str:
    """Visible text whose chat-template marks are broken by a space, so that no template reads them as its own."""
    return _TEMPLATE_MARK.sub(lambda mark: f"{mark.group()} ", visible(text))


def quoted(text: str) -> str:
    """Disarmed text with each line marked as quotation (spotlighting: Hines et al. 2024, arXiv 2403.14720)."""
    lines = (line.strip() for line in disarmed(text).splitlines())
    return "\n".join(f"> {line}" for line in lines if line)
