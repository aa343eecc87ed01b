"""What each file manager is given: the files its own manual asks for, as bytes, and where they belong.

Thunar keeps all its actions in one file of the owner's, so it gets a list of actions instead
(engine/file_menu/thunar.py).
"""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from engine.handover import Verb
from engine.paths import RESOURCES
from engine.words import say

PROGRAMS: Final = {
    "Thunar": ("thunar",),
    "PCManFM-Qt": ("pcmanfm-qt", "pcmanfm"),
    "Nautilus": ("nautilus",),
    "Nemo": ("nemo",),
    "Caja": ("caja",),
    "Dolphin": ("dolphin",),
}
"""By name, the programs of which one must be there."""

_ICON: Final = RESOURCES / "icons" / "hearthside.svg"


class Entry(Struct, frozen=True):
    """A file of ours."""

    path: Path
    data: bytes
    runs: bool = False


def data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def menu_folder() -> Path:
    """Where what every entry starts lies, and the list of all that was written."""
    return data_home() / "hearthside" / "menu"


def launcher() -> Entry:
    """The one program every entry starts, with a verb and paths: it makes them absolute and starts the window.

    It leaves the folder it was started in before Python begins: a package in somebody's documents must never run.
    """
    script = f"""#!/bin/sh
# Made by Hearthside for the file manager's menu. `hearthside shell remove` takes it away again.
verb=$1
shift
for path; do
    case $path in /*) ;; *) path=$PWD/$path ;; esac
    set -- "$@" "$path"
    shift
done
cd {shlex.quote(str(RESOURCES.parent))} && exec {shlex.quote(sys.executable)} -m app "--$verb" "$@"
"""
    return Entry(menu_folder() / "hearthside-menu", os.fsencode(script), runs=True)


def folder_of(manager: str) -> Path:
    """Where the files of `manager` belong; for Thunar, its file."""
    match manager:
        case "Thunar":
            return config_home() / "Thunar" / "uca.xml"
        case "PCManFM-Qt":
            return data_home() / "file-manager" / "actions"
        case "Nautilus":
            return data_home() / "nautilus" / "scripts"
        case "Nemo":
            return data_home() / "nemo" / "actions"
        case "Caja":
            return config_home() / "caja" / "scripts"
        case _:
            return data_home() / "kio" / "servicemenus"


def entries_of(manager: str, program: Path) -> list[Entry]:
    """The files `manager` is given, to start `program`; none for Thunar."""
    folder = folder_of(manager)
    match manager:
        case "Thunar":
            return []
        case "Nautilus" | "Caja":
            return [Entry(folder / _name(verb), _script(verb, program), runs=True) for verb in Verb]
        case "Nemo":
            return [
                Entry(folder / f"hearthside-{place}-{verb}.nemo_action", _nemo(verb, program))
                for place, verb in enumerate(Verb, 1)  # its menu is in the order of their names
            ]
        case "PCManFM-Qt":
            return [Entry(folder / f"hearthside-{verb}.desktop", _freedesktop(verb, program)) for verb in Verb]
        case _:  # KDE runs a service menu from a person's own folder only if it may be executed
            return [Entry(folder / "hearthside.desktop", _service_menu(program), runs=True)]


def thunar_actions(program: Path) -> dict[str, dict[str, str]]:
    """Thunar's actions by their unique id: what stands in their elements."""
    return {
        f"hearthside-{verb}": {
            "icon": str(_ICON),
            "name": _name(verb),
            "command": shlex.quote(str(program)).replace("%", "%%") + f" {verb} %F",
            "description": say(f"file_menu.{verb}_tip"),
        }
        for verb in Verb
    }


def _name(verb: Verb) -> str:
    return say(f"file_menu.{verb}")


def _script(verb: Verb, program: Path) -> bytes:
    """Scripts get what is selected as arguments, relative to the folder they are started in."""
    return os.fsencode(f'#!/bin/sh\n# Made by Hearthside.\nexec {shlex.quote(str(program))} {verb} "$@"\n')


def _nemo(verb: Verb, program: Path) -> bytes:
    return _key_file(
        ("Nemo Action", _names(verb, comment="Comment")),
        ("", [("Exec", _exec(verb, program)), ("Icon-Name", "folder-saved-search")]),
        ("", [("Selection", "notnone"), ("Extensions", "any;")]),
    )


def _freedesktop(verb: Verb, program: Path) -> bytes:
    """An action as the Desktop Entry Specification for file managers' menus (DES-EMA) has it."""
    return _key_file(
        ("Desktop Entry", [("Type", "Action"), *_names(verb, comment="Tooltip"), ("Icon", str(_ICON))]),
        ("", [("TargetContext", "true"), ("Profiles", "selected;")]),
        ("X-Action-Profile selected", [("MimeTypes", "all/all;"), ("SelectionCount", ">0")]),
        ("", [("Exec", _exec(verb, program))]),
    )


def _service_menu(program: Path) -> bytes:
    """KDE's service menu, for Dolphin since 2021 (KDE Frameworks 5.85) and of Plasma 6."""
    head = [("Type", "Service"), ("MimeType", "all/all;"), ("X-KDE-ServiceTypes", "KonqPopupMenu/Plugin")]
    actions = [("Actions", "".join(f"{verb};" for verb in Verb)), ("X-KDE-Priority", "TopLevel")]
    return _key_file(
        ("Desktop Entry", [*head, *actions]),
        *(
            (f"Desktop Action {verb}", [("Name", _name(verb)), ("Icon", str(_ICON)), ("Exec", _exec(verb, program))])
            for verb in Verb
        ),
    )


def _names(verb: Verb, *, comment: str) -> list[tuple[str, str]]:
    return [("Name", _name(verb)), (comment, say(f"file_menu.{verb}_tip"))]


def _exec(verb: Verb, program: Path) -> str:
    """The command of a desktop entry, quoted as its specification asks."""
    quoted = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in str(program)).replace("%", "%%")
    return f'"{quoted}" {verb} %F'


def _key_file(*groups: tuple[str, list[tuple[str, str]]]) -> bytes:
    """Groups of keys; one without a name goes on with the group before it."""
    return os.fsencode("# Made by Hearthside.\n" + "\n".join(_lines(groups)) + "\n")


def _lines(groups: tuple[tuple[str, list[tuple[str, str]]], ...]) -> Iterator[str]:
    for name, keys in groups:
        if name:
            yield f"[{name}]"
        yield from (f"{key}=" + value.replace("\\", "\\\\") for key, value in keys)
