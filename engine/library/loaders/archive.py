"""ZIP archives: each entry that is a document is read as one, its path a heading; the others are named."""

import functools
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from engine.library.loaders.contract import Block, ReadPart, Refused
from engine.library.loaders.zip_limits import open_checked
from engine.library.values import FileState


def load(file: BinaryIO, *, text_limit: int, read_part: ReadPart) -> Iterator[Block]:
    """The entries in the order they were packed, hidden ones left out. Raises Refused when none can be read."""
    unread = []
    read = 0
    with open_checked(file) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or _hidden(entry.filename):
                continue
            try:
                blocks = read_part(
                    entry.filename,
                    entry.file_size,
                    functools.partial(archive.read, entry),
                    text_limit=text_limit,
                    level=1,
                )
            except Refused:
                unread.append(entry.filename)
                continue
            read += 1
            yield from blocks
    if unread and not read:
        raise Refused(FileState.NO_TEXT, "archive_of_nothing")
    if unread:
        yield Block("\n".join(unread) + "\n")


def _hidden(path: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(path).parts)
