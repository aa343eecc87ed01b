"""Put Hearthside into the menus of the file managers on this machine, take it out again, say how it stands.

Nothing is replaced: a file that somebody else made, or changed since, is left alone and told of.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from engine.durable import write_atomically
from engine.errors import HearthsideError
from engine.file_menu import thunar
from engine.file_menu.entries import (
    PROGRAMS,
    Entry,
    config_home,
    data_home,
    entries_of,
    folder_of,
    launcher,
    thunar_actions,
)
from engine.file_menu.values import ManagerStatus, MenuState, MenuStatus
from engine.file_menu.written import Written
from engine.words import say


def install() -> MenuStatus:
    """Give every file manager on this machine its entries. Again, it does nothing but bring them up to date.

    Raises HearthsideError("menu_unwritable") where not even the owner's data folder can be written to.
    """
    written, program = Written(), launcher()
    with _explained(program.path):
        _put([program], written)
    return _each(lambda name: _install(name, written, program.path))


def remove() -> MenuStatus:
    """Take away everything `install` wrote, also for file managers that have gone since.

    Raises HearthsideError("menu_unwritable"), as `install`.
    """
    written, program = Written(), launcher()
    status = _each(lambda name: _remove(name, written, program.path), gone_too=True)
    with _explained(program.path):
        if all(path == program.path for path in written.files):
            _recognise([program], written)
            _take([program.path], written)
        written.end()
    return status


def status() -> MenuStatus:
    """How each file manager stands."""
    written, program = Written(), launcher()
    return _each(lambda name: _status(name, written, program))


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HearthsideError("menu_unwritable", path=str(path), reason=error.strerror or "") from error


def told(now: MenuStatus) -> list[str]:
    """How each file manager of this machine stands, in words."""
    here = [one for one in now.managers if one.state != "absent"]
    return [_line(one) for one in here] or [say("file_menu.none_here")]


def _line(one: ManagerStatus) -> str:
    reason = say(f"file_menu.{one.reason}") if one.reason else ""
    return say("file_menu.line", name=one.name, state=say(f"file_menu.state_{one.state}", reason=reason))


def _each(act: Callable[[str], MenuState], *, gone_too: bool = False) -> MenuStatus:
    managers = [_told(name, act, gone_too=gone_too) for name in PROGRAMS]
    return MenuStatus(any(one.state in {"on", "outdated"} for one in managers), managers)


def _told(name: str, act: Callable[[str], MenuState], *, gone_too: bool) -> ManagerStatus:
    """What `act` makes of one file manager; what it cannot do keeps nobody else from theirs."""
    path = str(folder_of(name))
    here = any(map(shutil.which, PROGRAMS[name]))
    if not (here or gone_too):
        return ManagerStatus(name, "absent", path)
    if not _is_own(folder_of(name)):
        return ManagerStatus(name, "refused", path, "elsewhere")
    try:
        state = act(name)
    except ValueError:
        return ManagerStatus(name, "refused", path, "not_actions")
    except OSError:
        return ManagerStatus(name, "refused", path, "denied")
    return ManagerStatus(name, state if here or state != "off" else "absent", path)


def _is_own(path: Path) -> bool:
    """Whether it is in the owner's own folders, wherever links lead."""
    own = (Path.home(), data_home(), config_home())
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in own)


def _install(name: str, written: Written, program: Path) -> MenuState:
    if name == "Thunar":
        return _into_thunar(written, program)
    entries = entries_of(name, program)
    _take(set(_recorded(name, written)) - {entry.path for entry in entries}, written)
    return "on" if _put(entries, written) else "changed"


def _remove(name: str, written: Written, program: Path) -> MenuState:
    if name == "Thunar":
        return _out_of_thunar(written, program)
    _recognise(entries_of(name, program), written)
    return "off" if _take(_recorded(name, written), written) else "changed"


def _status(name: str, written: Written, program: Entry) -> MenuState:
    if name == "Thunar":
        return _in_thunar(program)
    entries = entries_of(name, program.path)
    found = {entry.path: data for entry in entries if (data := _read(entry.path)) is not None}
    if not found:
        return "off"
    if any(found.get(one.path) not in {None, one.data} and not _is_old(one, found, written) for one in entries):
        return "changed"
    current = all(_read(entry.path) == entry.data for entry in (*entries, program))
    return "on" if current else "outdated"


def _is_old(entry: Entry, found: dict[Path, bytes], written: Written) -> bool:
    return written.is_ours(entry.path, found[entry.path])


def _recorded(name: str, written: Written) -> list[Path]:
    return [path for path in written.files if path.parent == folder_of(name)]


def _recognise(entries: Iterable[Entry], written: Written) -> None:
    """Note again what is ours to the byte, should the list of what was written have been lost."""
    for entry in entries:
        if _read(entry.path) == entry.data:
            written.note(entry.path, entry.data)


def _put(entries: Iterable[Entry], written: Written) -> bool:
    """Write what is not there or was ours. Whether that was everything."""
    everything = True
    for entry in entries:
        data = _read(entry.path)
        if data == entry.data:
            written.note(entry.path, data)
        elif data is None or written.is_ours(entry.path, data):
            written.put(entry)
        else:
            everything = False
    return everything


def _take(paths: Iterable[Path], written: Written) -> bool:
    """Delete what still holds what was written there; the rest is its owner's from now on. Whether all went."""
    everything = True
    for path in paths:
        data = _read(path)
        if data is not None and written.is_ours(path, data):
            path.unlink()
        elif data is not None:
            everything = False
        written.forget(path)
    return everything


def _into_thunar(written: Written, program: Path) -> MenuState:
    """A file that is made here begins as the system's own, for Thunar reads that only where the owner has none."""
    path = folder_of("Thunar").resolve()
    wanted = thunar_actions(program)
    data = _read(path)
    if data is None:
        base = _systems_own_actions()
        written.note(path, base)
    else:
        base = data
    own = {action.id for action in thunar.actions_in(base)[0]} - _ours_in(base, program)
    merged = thunar.merged(base, {name: action for name, action in wanted.items() if name not in own})
    if merged != data:
        write_atomically(path, merged, mode=_mode(path))
    return "changed" if own & wanted.keys() else "on"


def _out_of_thunar(written: Written, program: Path) -> MenuState:
    path = folder_of("Thunar").resolve()
    data = _read(path)
    if data is not None:
        left = thunar.without(data, _ours_in(data, program))
        if written.is_ours(path, left):
            path.unlink()
        elif left != data:
            write_atomically(path, left, mode=_mode(path))
    written.forget(path)
    return "off"


def _in_thunar(program: Entry) -> MenuState:
    data = _read(folder_of("Thunar").resolve())
    ours = set() if data is None else _ours_in(data, program.path)
    if data is None or not ours:
        return "off"
    held = {action.id: action.elements["command"] for action in thunar.actions_in(data)[0] if action.id in ours}
    wanted = {name: action["command"] for name, action in thunar_actions(program.path).items()}
    return "on" if held == wanted and _read(program.path) == program.data else "outdated"


def _ours_in(data: bytes, program: Path) -> set[str]:
    """The ids of ours whose action still starts our program: an owner who had one do something else keeps it."""
    ids = thunar_actions(program)
    found = thunar.actions_in(data)[0]
    return {one.id for one in found if one.id in ids and program.name in one.elements.get("command", "")}


def _systems_own_actions() -> bytes:
    for folder in (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        data = _read(Path(folder, "Thunar", "uca.xml"))
        if data is not None:
            return data
    return thunar.EMPTY


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o600
