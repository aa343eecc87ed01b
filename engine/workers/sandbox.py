"""Confines a child that reads hostile files: its own code is all it can open, and it reaches nobody but its parent.

Landlock (Linux 5.13 and later) holds the file system, a second filter of the guard refuses local sockets too, a third
(refused_calls) new programs. Documents come in as open descriptors. Elsewhere the resource limits and the separate
process are what protects.
"""

import ctypes
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from engine import guard
from engine.paths import RESOURCES
from engine.workers.refused_calls import refuse_calls

_CREATE_RULESET: Final = 444  # the same numbers on every architecture
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIRECTORY: Final = 1 << 3
_WRITING: Final = _READ_FILE | _READ_DIRECTORY | _WRITE_FILE | sum(1 << bit for bit in (4, 5, 7, 8, 14))
"""And write, remove folders and files, make folders and files, truncate."""
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights on files a version of Landlock knows
_NET_RIGHTS: Final = {4: 0b11}
_SCOPES: Final = {6: 0b11}  # signals, and abstract sockets, of processes outside

_SYSTEM: Final = (  # shared libraries, and what they and Python's own modules look up; nothing of the owner's
    *("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache"),
    *("/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
    *("/etc/localtime", "/usr/share/zoneinfo", "/etc/mime.types"),
)


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def landlock_version() -> int:
    """What this kernel has of it: 0 for none, 1 and up for more and more."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _call(ctypes.CDLL(None, use_errno=True), _CREATE_RULESET, None, 0, _ASK_VERSION))


def confine(
    service: str, readable: Sequence[str] = (), writable: Sequence[str] = (), listable: Sequence[str] = ()
) -> bool:
    """From now on this thread, and those it starts, open the code of `service` and what is `readable`, to read only; of
    `listable` folders, and those in them, they see the names and nothing else.

    `writable` names folders in which files may be made and changed too. Returns whether the kernel holds it to that.
    Call it before any other thread runs.
    """
    guard.refuse_network(local_too=True)
    held = _close_paths(service, readable, writable, listable)
    refuse_calls()
    return held


def _close_paths(service: str, readable: Sequence[str], writable: Sequence[str], listable: Sequence[str]) -> bool:
    version = landlock_version()
    if version < 1:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    ruleset = _create_ruleset(libc, version)
    try:
        for place in [*_code_of(service), *map(Path, readable)]:
            _allow(libc, ruleset, place, _READ_FILE | _READ_DIRECTORY)
        for folder in listable:
            _allow(libc, ruleset, Path(folder), _READ_DIRECTORY)
        _allow(libc, ruleset, Path(os.devnull), _READ_FILE | _WRITE_FILE)
        for folder in writable:
            _allow(libc, ruleset, Path(folder), _WRITING & _all_rights(version))
        return _call(libc, _RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _create_ruleset(libc: ctypes.CDLL, version: int) -> int:
    """A set that refuses every right this kernel knows. Older kernels take a shorter struct."""
    attributes = _Ruleset(_all_rights(version), _known(_NET_RIGHTS, version), _known(_SCOPES, version))
    size = 24 if attributes.scoped else 16 if attributes.net else 8
    ruleset = _call(libc, _CREATE_RULESET, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    return ruleset


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path, rights: int) -> None:
    try:
        parent = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rule = _PathBeneath(rights if place.is_dir() else rights & (_READ_FILE | _WRITE_FILE), parent)
        if _call(libc, _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0):
            raise OSError(ctypes.get_errno(), "landlock_add_rule", str(place))
    finally:
        os.close(parent)


def _code_of(service: str) -> Iterable[Path]:
    """The interpreter's library, installed packages, our packages; not the folders they lie in, which may hold
    anything."""
    paths = sysconfig.get_paths()
    yield from map(Path, (paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]))
    yield from (Path(sys.base_prefix) / "lib", Path(sys.executable).resolve())
    yield from map(Path, _SYSTEM)
    yield RESOURCES
    for package in {"engine", service.partition(".")[0]}:
        found = importlib.util.find_spec(package)
        yield from map(Path, (found and found.submodule_search_locations) or ())


def _all_rights(version: int) -> int:
    """Of files, those that this version knows."""
    return (1 << _known(_FILE_RIGHTS, version)) - 1


def _known(table: dict[int, int], version: int) -> int:
    return max((value for since, value in table.items() if since <= version), default=0)


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(libc.syscall(ctypes.c_long(number), *wide))
