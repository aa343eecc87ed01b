"""Books in EPUB: the chapters in the order of the spine, each read as the HTML it is."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from engine.library.loaders import html
from engine.library.loaders.contract import Block, Refused, Title
from engine.library.loaders.xml import local_name, parsed
from engine.library.loaders.zip_limits import member_bytes, open_checked
from engine.library.values import FileState

if TYPE_CHECKING:
    from lxml.etree import _Element

BODY = "META-INF/container.xml"

_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
    """The book's title, then its chapters. Raises Refused, for a copy-protected one too."""
    with open_checked(file) as archive:
        package_name = next(
            (name for name in _of(_xml(archive, BODY, text_limit), "rootfile", "full-path") if name), ""
        )
        package = _xml(archive, package_name, text_limit)
        if title := next((item.text or "" for item in package.iter() if local_name(item) == "title"), "").strip():
            yield Title(title)
        names = _spine(package, posixpath.dirname(package_name))
        locked = _locked(archive, text_limit)
        if locked.intersection(names):
            raise Refused(FileState.ENCRYPTED, "copy_protected")
        for name in names:
            chapter = io.BytesIO(member_bytes(archive, name, text_limit))
            yield from (item for item in html.load(chapter, text_limit=text_limit) if isinstance(item, Block))


def _spine(package: "_Element", folder: str) -> list[str]:
    """The members that hold the chapters, in reading order."""
    items = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in package.iter()
        if local_name(item) == "item" and item.get("media-type") in _CHAPTERS
    }
    return [items[name] for name in _of(package, "itemref", "idref") if name in items]


def _of(root: "_Element", name: str, attribute: str) -> list[str]:
    return [item.get(attribute, "") for item in root.iter() if local_name(item) == name]


def _locked(archive: zipfile.ZipFile, text_limit: int) -> set[str]:
    """Members that only a seller's program can open; books whose fonts alone are scrambled have none of the spine."""
    if _ENCRYPTION not in archive.namelist():
        return set()
    return {unquote(name) for name in _of(_xml(archive, _ENCRYPTION, text_limit), "CipherReference", "URI")}


def _xml(archive: zipfile.ZipFile, name: str, text_limit: int) -> "_Element":
    return parsed(io.BytesIO(member_bytes(archive, name, text_limit)))
