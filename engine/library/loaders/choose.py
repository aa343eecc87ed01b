"""Which loader reads a file: by what its name says, then by what its first bytes show."""

from collections.abc import Mapping
from typing import BinaryIO

from engine.library.loaders import delimited, docx, epub, html, markdown, odf, pdf, plain, pptx, rtf, xlsx, xml
from engine.library.loaders.contract import Loader, Refused
from engine.library.loaders.zip_limits import open_checked
from engine.library.values import FileState

_NAMES: Mapping[Loader, str] = {
    plain.load: ".txt .text",
    markdown.load: ".md .markdown",
    html.load: ".html .htm .xhtml",
    pdf.load: ".pdf",
    docx.load: ".docx",
    pptx.load: ".pptx .pptm",
    xlsx.load: ".xlsx .xlsm",
    odf.load: ".odt .ott .ods .ots .odp .otp .odg",
    epub.load: ".epub",
    rtf.load: ".rtf",
    delimited.load: ".csv .tsv .tab",
    xml.load: ".xml",
}
_BY_SUFFIX: Mapping[str, Loader] = {"": plain.load} | {
    suffix: load for load, names in _NAMES.items() for suffix in names.split()
}
_BY_MEMBER: Mapping[str, Loader] = {
    docx.BODY: docx.load,
    pptx.BODY: pptx.load,
    xlsx.BODY: xlsx.load,
    epub.BODY: epub.load,
}
_PACKED = frozenset({pdf.load, docx.load, pptx.load, xlsx.load, odf.load, epub.load})
_HEAD = 4096
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def supported(suffix: str) -> bool:
    """Whether a file of this name is worth opening."""
    return suffix.lower() in _BY_SUFFIX


def size_limit(suffix: str, text_limit: int) -> int:
    """The largest file worth opening, in bytes: packed formats carry pictures beside their text."""
    return text_limit * 5 if _BY_SUFFIX.get(suffix.lower()) in _PACKED else text_limit


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
    if head.startswith(rtf.HEAD):
        return rtf.load
    named = _BY_SUFFIX.get(suffix.lower())
    if named is None:
        raise Refused(FileState.UNSUPPORTED, "type")
    if named in _PACKED and head:
        raise Refused(FileState.UNREADABLE, "broken")
    if named is plain.load and head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return html.load
    return plain.load if not head else named


def _zipped(file: BinaryIO) -> Loader:
    with open_checked(file) as archive:
        members = set(archive.namelist())
        if "mimetype" in members and archive.read("mimetype").startswith(odf.MIME):
            return odf.load
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
