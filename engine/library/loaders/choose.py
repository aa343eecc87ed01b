"""Which loader reads a file: by what its name says, then by what its first bytes show."""

from collections.abc import Mapping
from typing import BinaryIO

from engine.library.loaders import delimited, docx, html, markdown, pdf, plain, pptx, xlsx
from engine.library.loaders.contract import Loader, Refused
from engine.library.loaders.zip_limits import open_checked
from engine.library.values import FileState

_BY_SUFFIX: Mapping[str, Loader] = {
    ".txt": plain.load,
    ".text": plain.load,
    "": plain.load,
    ".md": markdown.load,
    ".markdown": markdown.load,
    ".html": html.load,
    ".htm": html.load,
    ".xhtml": html.load,
    ".pdf": pdf.load,
    ".docx": docx.load,
    ".pptx": pptx.load,
    ".pptm": pptx.load,
    ".xlsx": xlsx.load,
    ".xlsm": xlsx.load,
    ".csv": delimited.load,
    ".tsv": delimited.load,
    ".tab": delimited.load,
}
_BY_MEMBER: Mapping[str, Loader] = {docx.BODY: docx.load, pptx.BODY: pptx.load, xlsx.BODY: xlsx.load}
_PACKED = frozenset({".pdf", ".docx", ".pptx", ".pptm", ".xlsx", ".xlsm"})
_HEAD = 4096
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def supported(suffix: str) -> bool:
    """Whether a file of this name is worth opening."""
    return suffix.lower() in _BY_SUFFIX


def size_limit(suffix: str, text_limit: int) -> int:
    """The largest file worth opening, in bytes: packed formats carry pictures beside their text."""
    return text_limit * 5 if suffix.lower() in _PACKED else text_limit


def loader_for(file: BinaryIO, suffix: str) -> Loader:
    """The loader for this content. Raises Refused for content no loader reads."""
    file.seek(0)
    head = file.read(_HEAD)
    if b"%PDF-" in head[:1024]:
        return pdf.load
    if head.startswith(_ZIP):
        return _zipped(file)
    if head.startswith(_OLE):
        raise _compound(file)
    named = _BY_SUFFIX.get(suffix.lower())
    if named is None:
        raise Refused(FileState.UNSUPPORTED, "type")
    if suffix.lower() in _PACKED and head:
        raise Refused(FileState.UNREADABLE, "broken")
    if named is plain.load and head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return html.load
    return plain.load if not head else named


def _zipped(file: BinaryIO) -> Loader:
    with open_checked(file) as archive:
        members = set(archive.namelist())
        for member, load in _BY_MEMBER.items():
            if member in members:
                return load
    raise Refused(FileState.UNSUPPORTED, "archive")


def _compound(file: BinaryIO) -> Refused:
    """Old Office files, and the envelope that new ones get with a password, share one container."""
    file.seek(0)
    if _ENCRYPTED_PACKAGE in file.read(1 << 22):
        return Refused(FileState.ENCRYPTED, "password")
    return Refused(FileState.UNSUPPORTED, "old_office")
