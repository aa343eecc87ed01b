"""What a zipped document may hold, checked in its directory before a byte of it is unpacked.

`zipfile` reads no more of a member than its directory promises, so these promises bind.
"""

import zipfile
from typing import BinaryIO

from engine.library.loaders.contract import Refused, damage_refused
from engine.library.values import FileState

MAX_ENTRIES = 5_000
MAX_UNPACKED = 500_000_000
MAX_RATIO = 200
_HEADER = 30  # bytes before each member, at least
_SMALL = 1_000_000  # an honest table of zeros packs better than any ratio allows


def open_checked(file: BinaryIO) -> zipfile.ZipFile:
    """The archive, when its directory is sane. Raises Refused: broken, encrypted, or a bomb."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused(FileState.UNREADABLE, "broken") from error
    members = archive.infolist()
    if len(members) > MAX_ENTRIES or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise Refused(FileState.TOO_LARGE, "zip_bomb")
    for member in members:
        _check(member)
    _check_apart(members, archive.start_dir)
    return archive


def _check_apart(members: list[zipfile.ZipInfo], end: int) -> None:
    """Refuse members that share packed bytes: by that a small archive unpacks to more than its ratio tells."""
    for member in sorted(members, key=lambda one: one.header_offset, reverse=True):
        if member.header_offset + _HEADER + member.compress_size > end:
            raise Refused(FileState.TOO_LARGE, "zip_bomb")
        end = member.header_offset


def check_text(archive: zipfile.ZipFile, start: str, text_limit: int) -> None:
    """Refuse an archive whose XML members under `start` hold more than text of `text_limit` bytes could need."""
    size = sum(
        member.file_size
        for member in archive.infolist()
        if member.filename.startswith(start) and member.filename.endswith(".xml")
    )
    if size > 2 * text_limit:
        raise Refused(FileState.TOO_LARGE, "text_limit")


def member_bytes(archive: zipfile.ZipFile, name: str, text_limit: int) -> bytes:
    """A member that is text or XML, whole. Raises Refused when it is not there, damaged or too large."""
    with damage_refused():
        if archive.getinfo(name).file_size <= 2 * text_limit:
            return archive.read(name)
    raise Refused(FileState.TOO_LARGE, "text_limit")


def _check(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise Refused(FileState.ENCRYPTED, "password")
    if member.file_size > max(_SMALL, member.compress_size * MAX_RATIO):
        raise Refused(FileState.TOO_LARGE, "zip_bomb")
    parts = member.filename.replace("\\", "/").split("/")
    outside = member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
    if outside or not member.filename.isprintable():
        raise Refused(FileState.UNREADABLE, "zip_names")
