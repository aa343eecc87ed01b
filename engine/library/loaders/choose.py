"""Which loader reads a file: by what its first bytes show, then by what its name says; and so the files within it."""

import functools
import io
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from msgspec import Struct

from engine.library.loaders import (
    archive,
    code,
    delimited,
    docx,
    epub,
    html,
    json,
    latex,
    mail,
    markdown,
    notebook,
    odf,
    org,
    outlook,
    pdf,
    picture,
    plain,
    pptx,
    rst,
    rtf,
    xlsx,
    xml,
)
from engine.library.loaders.contract import Block, ContainerLoader, Loader, Picture, Refused, damage_refused
from engine.library.loaders.encoding import is_text
from engine.library.loaders.unread import reason_by_content, reason_by_name
from engine.library.loaders.zip_limits import MAX_UNPACKED, open_checked
from engine.library.values import FileState


class _Container(Struct, frozen=True):
    """A format that holds documents of other formats."""

    load: ContainerLoader


_ARCHIVE = _Container(archive.load)
_MAILBOX = _Container(mail.load_mailbox)
_OUTLOOK = _Container(outlook.load)
_NAMES: Mapping[Loader | _Container, str] = {
    markdown.load: ".md .markdown",
    html.load: ".html .htm .xhtml",
    pdf.load: ".pdf",
    docx.load: ".docx .docm .dotx .dotm",
    pptx.load: ".pptx .pptm .ppsx .ppsm .potx .potm",
    xlsx.load: ".xlsx .xlsm .xltx .xltm",
    odf.load: ".odt .ott .ods .ots .odp .otp .odg",
    epub.load: ".epub",
    rtf.load: ".rtf",
    delimited.load: ".csv .tsv .tab",
    xml.load: ".xml .svg .rss .atom .gpx .kml .opml .fb2 .docbook",
    json.load: ".json .geojson",
    json.load_lines: ".jsonl .ndjson",
    notebook.load: ".ipynb",
    latex.load: ".tex .latex .ltx",
    rst.load: ".rst",
    org.load: ".org",
    _Container(mail.load): ".eml .emlx .mht .mhtml",
    _MAILBOX: ".mbox",
    _OUTLOOK: ".msg",
    _ARCHIVE: ".zip",
    picture.load: ".png .jpg .jpeg .webp .tif .tiff .bmp",
}
_BY_SUFFIX: Mapping[str, Loader | _Container] = {
    **code.LOADERS,
    **{suffix: load for load, names in _NAMES.items() for suffix in names.split()},
}
_BY_MEMBER: Mapping[str, Loader] = {
    docx.BODY: docx.load,
    pptx.BODY: pptx.load,
    xlsx.BODY: xlsx.load,
    epub.BODY: epub.load,
}
_MARKED = frozenset({pdf.load, docx.load, pptx.load, xlsx.load, odf.load, epub.load, rtf.load, _OUTLOOK, _ARCHIVE})
"""Known by their first bytes: without those, they are damaged."""
_PACKED = _MARKED | {_Container(mail.load), _MAILBOX, picture.load}
"""Carry pictures and other files beside their text."""

_HEAD = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_MOST_DEEP = 4  # documents within documents


def why_unsupported(suffix: str) -> str:
    """The reason not to open a file of this name at all; "" for one worth opening."""
    return "" if suffix.lower() in _BY_SUFFIX else reason_by_name(suffix)


def is_picture(suffix: str) -> bool:
    """Whether files of this name have no words but those that OCR sees."""
    return _BY_SUFFIX.get(suffix.lower()) is picture.load


def size_limit(suffix: str, text_limit: int) -> int:
    """The largest file worth opening, in bytes: packed formats carry pictures beside their text."""
    return text_limit * 5 if _BY_SUFFIX.get(suffix.lower()) in _PACKED else text_limit


def loader_for(file: BinaryIO, suffix: str) -> Loader:
    """The loader for this content. Raises Refused for content no loader reads."""
    return _loader(file, suffix, _Parts())


def _loader(file: BinaryIO, suffix: str, parts: "_Parts") -> Loader:
    chosen = _chosen(file, suffix.lower())
    return functools.partial(chosen.load, read_part=parts.read) if isinstance(chosen, _Container) else chosen


def _chosen(file: BinaryIO, suffix: str) -> Loader | _Container:
    file.seek(0)
    head = file.read(_HEAD)
    named = _BY_SUFFIX.get(suffix, plain.load) if head else plain.load
    if marked := _by_marks(file, head, suffix):
        return marked
    if named in _MARKED:
        raise Refused(FileState.UNREADABLE, "broken")
    return named if named is not plain.load else _unnamed(head)


def _by_marks(file: BinaryIO, head: bytes, suffix: str) -> Loader | _Container | None:
    """What the first bytes leave no doubt of, whatever the name says."""
    if head.startswith(_ZIP):
        return _zipped(file, suffix)
    if head.startswith(_OLE):
        return _compound(file)
    if head.startswith(rtf.HEAD):
        return rtf.load
    within = head[:1024] if suffix == ".pdf" else head.lstrip()[:5]  # readers forgive what stands before the mark
    return pdf.load if b"%PDF-" in within else None


def _unnamed(head: bytes) -> Loader | _Container:
    """For text, and for what no name tells."""
    if not is_text(head):  # text may well begin with letters that mark a picture
        raise Refused(FileState.UNSUPPORTED, reason_by_content(head) or "binary")
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return html.load
    return _MAILBOX if mail.is_mailbox(head) else plain.load


def _zipped(file: BinaryIO, suffix: str) -> Loader | _Container:
    with open_checked(file) as packed:
        members = set(packed.namelist())
        if odf.is_opendocument(packed):
            return odf.load
        for member, load in _BY_MEMBER.items():
            if member in members:
                return load
    if suffix == ".zip":
        return _ARCHIVE
    raise Refused(FileState.UNSUPPORTED, "archive")


def _compound(file: BinaryIO) -> _Container:
    """Outlook's messages, old Office files, and the envelope that new ones get with a password share one container."""
    file.seek(0)
    directory = file.read(1 << 22)
    if _ENCRYPTED_PACKAGE in directory:
        raise Refused(FileState.ENCRYPTED, "password")
    if outlook.MARK in directory:
        return _OUTLOOK
    raise Refused(FileState.UNSUPPORTED, "old_office")


class _Parts:
    """Reads the documents inside one: none deeper than _MOST_DEEP, all together no more than MAX_UNPACKED bytes."""

    def __init__(self) -> None:
        self._depth = 0
        self._left = MAX_UNPACKED

    def read(self, name: str, size: int, unpack: Callable[[], bytes], *, text_limit: int, level: int) -> list[Block]:
        """As ReadPart says."""
        suffix = PurePosixPath(name).suffix
        if reason := why_unsupported(suffix):
            raise Refused(FileState.UNSUPPORTED, reason)
        if is_picture(suffix):
            raise Refused(FileState.UNSUPPORTED, "picture_inside")
        if size > min(size_limit(suffix, text_limit), self._left):
            raise Refused(FileState.TOO_LARGE, "file_limit")
        if self._depth >= _MOST_DEEP:
            raise Refused(FileState.UNSUPPORTED, "archive")
        self._left -= size
        self._depth += 1
        try:
            with damage_refused():
                blocks = self._blocks(io.BytesIO(unpack()), suffix, text_limit)
        finally:
            self._depth -= 1
        lowered = [Block(block.text, min(block.level + level, 6) if block.level else 0) for block in blocks]
        return [Block(name + "\n\n", level), *lowered, Block("\n")]

    def _blocks(self, file: BinaryIO, suffix: str, text_limit: int) -> list[Block]:
        """Raises Refused for a part without words, as for any document."""
        load = _loader(file, suffix, self)
        items = list(load(file, text_limit=text_limit))
        blocks = [item for item in items if isinstance(item, Block)]
        if all(block.text.isspace() for block in blocks):
            pictured = any(isinstance(item, Picture) for item in items)
            raise Refused(FileState.NO_TEXT, "picture_inside" if pictured else "no_words")
        return blocks
