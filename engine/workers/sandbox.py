"""Confines a child that reads hostile files: its own code is all it can open, and it reaches nobody but its parent.

Landlock (Linux 5.13 and later) holds the file system, a second filter of the guard refuses local sockets too.
Documents come in as open descriptors. Elsewhere the resource limits and the separate process are what protects.
"""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from engine import guard
from engine.paths import RESOURCES

_CREATE_RULESET: Final = 444  # the same numbers on every architecture
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

_READ_FILE: Final = 1 << 2
_READ_DIRECTORY: Final = 1 << 3
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights on files a version of Landlock knows
_NET_RIGHTS: Final = {4: 0b11}
_SCOPES: Final = {6: 0b11}  # signals, and abstract sockets, of processes outside

_SYSTEM: Final = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/proc/cpuinfo")


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def confine(service: str, readable: Sequence[str] = ()) -> bool:
    """From now on this thread, and those it starts, open the code of `service` and what is `readable`, to read only.

    Returns whether the kernel holds it to that. Call it before any other thread runs.
    """
    guard.refuse_network(local_too=True)
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = _call(libc, _CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    ruleset = _create_ruleset(libc, version)
    try:
        for place in [*_code_of(service), *map(Path, readable)]:
            _allow_reading(libc, ruleset, place)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
        return _call(libc, _RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _create_ruleset(libc: ctypes.CDLL, version: int) -> int:
    """A set that refuses every right this kernel knows. Older kernels take a shorter struct."""
    rights = (1 << _known(_FILE_RIGHTS, version)) - 1
    attributes = _Ruleset(rights, _known(_NET_RIGHTS, version), _known(_SCOPES, version))
    size = 24 if attributes.scoped else 16 if attributes.net else 8
    ruleset = _call(libc, _CREATE_RULESET, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    return ruleset


def _allow_reading(libc: ctypes.CDLL, ruleset: int, place: Path) -> None:
    try:
        parent = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rights = _READ_FILE | _READ_DIRECTORY if place.is_dir() else _READ_FILE
        rule = _PathBeneath(rights, parent)
        if _call(libc, _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0):
            raise OSError(ctypes.get_errno(), "landlock_add_rule", str(place))
    finally:
        os.close(parent)


def _code_of(service: str) -> Iterable[Path]:
    """The interpreter, installed packages, our packages; not the folder they lie in, which may hold anything."""
    yield from map(Path, (sys.prefix, sys.base_prefix, *_SYSTEM))
    yield RESOURCES
    for package in {"engine", service.partition(".")[0]}:
        found = importlib.util.find_spec(package)
        yield from map(Path, (found and found.submodule_search_locations) or ())


def _known(table: dict[int, int], version: int) -> int:
    return max((value for since, value in table.items() if since <= version), default=0)


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(libc.syscall(ctypes.c_long(number), *wide))
