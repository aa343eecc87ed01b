"""Outlook's messages (.msg) through python-oxmsg, told as any other e-mail."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders.contract import Block, ReadPart, Title, damage_refused
from engine.library.loaders.mail import Attachment, attached, body, head
from engine.library.loaders.table import one_line

if TYPE_CHECKING:
    from oxmsg import Message

MARK = "__substg1.0_".encode("utf-16-le")  # in the directory of every such file


def load(file: BinaryIO, *, text_limit: int, read_part: ReadPart) -> Iterator[Block | Title]:
    """One message. Raises Refused."""
    from oxmsg import Message

    file.seek(0)
    with damage_refused():
        message = Message.load(file)
        subject = one_line(message.subject)
        fields = list(_fields(message, subject))
        words = _body(message, text_limit)
        files = [_attachment(one_line(item.file_name or ""), item.file_bytes or b"") for item in message.attachments]
    if subject:
        yield Title(subject)
    yield head([*fields, ("Attachments", ", ".join(name for name, _, _ in files if name))])
    yield from words
    yield from attached([part for part in files if part[0]], read_part, text_limit, level=1)


def _attachment(name: str, data: bytes) -> Attachment:
    return name, len(data), lambda: data


def _fields(message: "Message", subject: str) -> Iterator[tuple[str, str]]:
    headers = {name.lower(): one_line(value) for name, value in message.message_headers.items()}
    people = ", ".join(f"{one.name} <{one.email_address}>".strip() for one in message.recipients)
    yield "From", one_line(message.sender or "")
    yield "To", headers.get("to") or people
    yield "Cc", headers.get("cc", "")
    yield "Date", headers.get("date") or (message.sent_date.isoformat() if message.sent_date else "")
    yield "Subject", subject


def _body(message: "Message", text_limit: int) -> list[Block]:
    text, page = message.body, message.html_body
    if text and text.strip():
        return body(text.encode(), "utf-8", is_html=False, text_limit=text_limit)
    return body((page or "").encode(), "utf-8", is_html=True, text_limit=text_limit)
