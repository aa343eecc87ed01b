"""Text as data: nothing invisible, and nothing the chat template could take for its own marks."""

import re

from engine.library.hidden_text import visible

_TEMPLATE_MARK = re.compile(
    r"<(?=\|[^|<>\s]{1,40}\|>)"  # <|im_start|>, <|eot_id|>
    r"|<(?=/?s>)|<(?=(?:start|end)_of_turn>)|<(?=<?/?SYS>)"
    r"|\[(?=/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\])"
)


def disarmed(text: str) -> str:
    """Visible text whose chat-template marks are broken by a space, so that no template reads them as its own."""
    return _TEMPLATE_MARK.sub(lambda mark: f"{mark.group()} ", visible(text))


def quoted(text: str) -> str:
    """Disarmed text with each line marked as quotation (spotlighting: Hines et al. 2024, arXiv 2403.14720)."""
    lines = (line.strip() for line in disarmed(text).splitlines())
    return "\n".join(f"> {line}" for line in lines if line)
