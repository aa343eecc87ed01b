"""E-mail, a message or a mailbox of them: a short head, the words, and the attachments that are documents."""

import contextlib
import functools
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from engine.library.loaders import html, plain
from engine.library.loaders.contract import Block, ReadPart, Refused, Title, damage_refused
from engine.library.loaders.encoding import encoding_of
from engine.library.loaders.table import one_line
from engine.library.values import FileState

if TYPE_CHECKING:
    from email.message import EmailMessage

HEADERS = ("From", "To", "Cc", "Date", "Subject")

_HEAD = 4096
_LENGTH = re.compile(rb"\d{1,12}[ \t]*\r?\n")
_ENVELOPE = re.compile(rb"From \S[^\n]*\b\d{4}\b[^\n]*\n")
_MAILBOX = re.compile(_ENVELOPE.pattern + rb"[A-Za-z][\w-]*:[^\n]*\n")
_MOST_DEEP = 4  # messages within messages
_ENCRYPTED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})


def load(file: BinaryIO, *, text_limit: int, read_part: ReadPart) -> Iterator[Block | Title]:
    """One message. Raises Refused, for one that its receiver alone can open too."""
    source = _source(file)
    if not source:
        return
    message = _parsed(source)
    if not message.keys():
        raise Refused(FileState.UNREADABLE, "broken")
    if message.get_content_type() in _ENCRYPTED:
        raise Refused(FileState.ENCRYPTED, "encrypted_mail")
    if subject := header(message, "Subject"):
        yield Title(subject)
    yield from _message(message, read_part, text_limit, level=0, depth=0)


def load_mailbox(file: BinaryIO, *, text_limit: int, read_part: ReadPart) -> Iterator[Block | Title]:
    """Every message of an mbox file, its subject a heading. Raises Refused."""
    for data in _messages(file):
        message = _parsed(io.BytesIO(data))
        yield Block((header(message, "Subject") or header(message, "From") or "…") + "\n\n", 1)
        yield from _message(message, read_part, text_limit, level=1, depth=0)


def is_mailbox(start: bytes) -> bool:
    """Whether a file that begins like this is a mailbox; mail programs keep them without a suffix."""
    return _MAILBOX.match(start) is not None


def header(message: "EmailMessage", name: str) -> str:
    """A header on one line, decoded; as it stands when it is malformed beyond that; "" when there is none."""
    try:
        return one_line(message[name] or "")
    except Exception:  # noqa: BLE001 - the parser of addresses raises anything from IndexError on
        raw = dict(message.raw_items()).get(name, "")
        return one_line(raw)


def head(fields: Iterable[tuple[str, str]]) -> Block:
    """The headers that say something, a line each."""
    return Block("".join(f"{name}: {text}\n" for name, text in fields if text) + "\n")


def body(data: bytes, charset: str | None, *, is_html: bool, text_limit: int) -> list[Block]:
    """The words of a message in this charset, whatever encoding it turns out to be in when there is no such charset."""
    with contextlib.suppress(LookupError, ValueError):  # not declared, not known, or not true
        data = data.decode(charset or "").encode("utf-8-sig")
    load_body = html.load if is_html else plain.load
    try:
        blocks = [item for item in load_body(io.BytesIO(data), text_limit=text_limit) if isinstance(item, Block)]
    except Refused:
        return []  # no text, whatever it calls itself
    return [*blocks, Block("\n\n")] if blocks else []


Attachment = tuple[str, int, Callable[[], bytes]]
"""Its name, its size in bytes, or near that, and what decodes it."""


def attached(parts: Iterable[Attachment], read_part: ReadPart, text_limit: int, level: int) -> Iterator[Block]:
    """The attachments that can be read; the names of all stand in the head."""
    for name, size, unpack in parts:
        with contextlib.suppress(Refused):
            yield from read_part(name, size, unpack, text_limit=text_limit, level=level)


def _source(file: BinaryIO) -> BinaryIO | None:
    """The message itself: some programs export UTF-16, Apple's has its length above it. None for an empty file."""
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    if b"\0" in head:
        text = file.read()
        return io.BytesIO(text.decode(encoding_of(file), "replace").encode())
    if _LENGTH.match(head):
        length = int(file.readline())
        return io.BytesIO(file.read(length))
    return file if head.strip() else None


def _parsed(source: BinaryIO) -> "EmailMessage":
    from email import policy
    from email.parser import BytesParser

    with damage_refused():
        return BytesParser(policy=policy.default).parse(source)


def _message(
    message: "EmailMessage", read_part: ReadPart, text_limit: int, *, level: int, depth: int
) -> Iterator[Block]:
    parts = _Parts()
    parts.add(message)
    names = ", ".join(name for name, _, _ in parts.files)
    yield head([*((name, header(message, name)) for name in HEADERS), ("Attachments", names)])
    for part in parts.texts:
        is_html = part.get_content_subtype() == "html"
        yield from body(_payload(part), part.get_content_charset(), is_html=is_html, text_limit=text_limit)
    level = min(level + 1, 6)
    yield from attached(parts.files, read_part, text_limit, level)
    if depth < _MOST_DEEP:
        for inner in parts.messages:
            yield Block((header(inner, "Subject") or "…") + "\n\n", level)
            yield from _message(inner, read_part, text_limit, level=level, depth=depth + 1)


class _Parts:
    """The parts of a message by what they are; of alternatives the plain text, unless there is only another."""

    def __init__(self) -> None:
        self.texts: list[EmailMessage] = []
        self.files: list[Attachment] = []
        self.messages: list[EmailMessage] = []

    def add(self, part: "EmailMessage") -> None:
        kind = part.get_content_type()
        parts = _parts_of(part)
        if kind == "message/rfc822":
            self.messages.extend(parts)
        elif parts:
            if kind == "multipart/alternative":
                plain_text = [item for item in parts if item.get_content_type() == "text/plain"]
                parts = [item for item in plain_text if _payload(item).strip()][:1] or parts[-1:]
            for item in parts:
                self.add(item)
        elif header(part, "Content-ID") and part.get_content_maintype() == "image":
            return  # a picture within the text
        elif name := _filename(part):
            self.files.append((name, len(str(part.get_payload())) * 3 // 4, functools.partial(_payload, part)))
        elif part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
            self.texts.append(part)


def _parts_of(part: "EmailMessage") -> "list[EmailMessage]":
    from email.message import EmailMessage

    parts = part.get_payload() if part.is_multipart() else []
    return [item for item in parts if isinstance(item, EmailMessage)]


def _filename(part: "EmailMessage") -> str:
    """The name of an attachment, without a path; "" for what is none."""
    try:
        return one_line(part.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    except Exception:  # noqa: BLE001 - malformed parameters raise anything
        return ""


def _payload(part: "EmailMessage") -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """The messages of an mbox file: each begins with a line `From … year` after an empty one."""
    file.seek(0)
    lines: list[bytes] = []
    after_empty = True
    for line in file:
        if after_empty and _ENVELOPE.match(line):
            if any(lines):
                yield b"".join(lines)
            lines = []
        else:
            lines.append(line[1:] if line.startswith((b">From ", b">>From ")) else line)
        after_empty = not line.strip()
    if any(line.strip() for line in lines):
        yield b"".join(lines)
