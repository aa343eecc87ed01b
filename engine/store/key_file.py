"""A key file of the owner's: read only when nobody else can read it, and never made by us."""

import os
import stat
from pathlib import Path

from engine.errors import KeyProblem

_MOST_BYTES = 1024 * 1024


def read(path: Path) -> bytes:
    """The file's bytes, which are used like a passphrase.

    Raises KeyProblem: "key_file_missing"; "key_file_unsafe" unless it is a regular file of this user's that group and
    others cannot touch; "key_file_unusable" when it is empty or over 1 MB.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe must not make us wait
    except OSError as error:
        raise KeyProblem("key_file_missing", path=str(path)) from error
    if not _owner_only(os.fstat(handle)):
        os.close(handle)
        raise KeyProblem("key_file_unsafe", path=str(path))
    with os.fdopen(handle, "rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if not 0 < len(data) <= _MOST_BYTES:
        raise KeyProblem("key_file_unusable", path=str(path))
    return data


def _owner_only(found: os.stat_result) -> bool:
    if not stat.S_ISREG(found.st_mode):
        return False
    if os.name != "posix":  # Windows guards a person's folders by lists that st_mode does not show
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077
