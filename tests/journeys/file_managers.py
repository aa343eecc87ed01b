"""From the file manager's own menu, by its own keys: index a file, ask about it, remove it. Two chapters, one each."""

import argparse
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from app.application import Application
from tests.journeys.hands import CTRL, Hands, Key
from tests.journeys.owner import PASSPHRASE
from tests.journeys.person import Person

PROGRAMS: Final = ("thunar", "pcmanfm-qt")
# How far from the end of their menu our entries stand: below them Thunar has Properties; PCManFM-Qt sorts them by
# name, and has Compress too.
_FROM_THE_END: Final = {
    "thunar": {"index": 4, "ask": 3, "remove": 2},
    "pcmanfm-qt": {"index": 4, "ask": 5, "remove": 3},
}


def from_thunar(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    Person(hands, application, options.folder).makes_a_profile()
    return _uses(hands, "thunar", "Thunar", options.folder)


def from_pcmanfm_qt(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    hands.until_seen("unlock.open")
    hands.write("unlock.passphrase", PASSPHRASE)
    hands.press(Key.Key_Return)
    hands.until_seen("chat.question")
    return _uses(hands, "pcmanfm-qt", "PCManFM-Qt", options.folder)


def _uses(hands: Hands, program: str, name: str, folder: Path) -> dict[str, Any]:
    before = _entries()
    _switch(hands, f"{name}: in its menu")
    mine = folder / f"of {program}"
    mine.mkdir()
    (mine / "the boiler's.txt").write_text("The boiler was serviced on 3 May.")
    with _opened(hands, program, mine) as window:
        _choose(hands, program, window, "index", lambda: hands.sees("sheet.read"))
        hands.until(hands.find("sheet.read").isEnabled, "the file to be counted")
        hands.picture(f"sheet-{program}", hands.find("sheet"))
        hands.click("sheet.read")
        files = hands.until_seen("library.files").model()  # type: ignore[attr-defined]
        hands.until(lambda: files.rowCount() == 1, "the file in the table")
        assert (files.index(0, 0).data(), files.index(0, 1).data()) == ("the boiler's.txt", "Indexed")

        _choose(hands, program, window, "ask", lambda: hands.sees("chat.question"))
        asked = hands.until_seen("scope.place.*").text()  # type: ignore[attr-defined]
        assert asked == "the boiler's.txt"

        _choose(hands, program, window, "remove", lambda: hands.sees("confirm.accept"))
        hands.click("confirm.accept")
        hands.until_seen("library.empty")
    _switch(hands, f"{name}: not in its menu")
    assert _entries() == before
    hands.press(Key.Key_Q, CTRL)
    return {"asked": asked}


def _switch(hands: Hands, then: str) -> None:
    """Turn the switch in the settings, and see what it says of the file manager."""
    hands.press(Key.Key_Comma, CTRL)
    hands.until_seen("settings_dialog")
    hands.click("settings.file_menu")
    hands.until(lambda: then in hands.text("settings.file_menu_state").split("\n"), then)
    hands.picture("settings-menu", hands.find("settings_dialog"))
    hands.click("settings.cancel")
    hands.until(lambda: not hands.sees("settings_dialog"), "the settings to close")


def _entries() -> list[str]:
    """What lies in the home of what might be an entry of ours."""
    shown = [path for top in (".config", ".local/share") for path in (Path.home() / top).rglob("*")]
    ours = [path for path in shown if "hearthside" in path.name.lower() and "profiles" not in path.parts]
    menus = [path for path in shown if path.name == "uca.xml" and b"hearthside" in path.read_bytes()]
    return sorted(str(path) for path in (*ours, *menus) if path.name != "hearthside")


@contextlib.contextmanager
def _opened(hands: Hands, program: str, folder: Path) -> Iterator[str]:
    """The file manager, showing `folder`: the number of its window."""
    command = ["dbus-run-session", "--", program, str(folder)]
    process = subprocess.Popen(command, env=_environment(), stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield hands.until(lambda: _windows(program), f"a window of {program}")[-1]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DBUS_SESSION_BUS_ADDRESS"}


def _choose(hands: Hands, program: str, window: str, verb: str, then: Callable[[], bool]) -> None:
    """Select everything in the file manager's window, open the menu, and take the entry of `verb`, until `then` holds.

    A file manager shows its window before it is ready for keys, and tells nobody when it is: hence again.
    """
    for _ in range(6):
        _xdotool("windowfocus", window)
        _xdotool("key", "ctrl+a")
        before = _windows(program)
        _xdotool("key", "Menu")
        if _in_time(hands, lambda before=before: len(_windows(program)) > len(before), "the menu", 5):
            _xdotool("key", *["Up"] * _FROM_THE_END[program][verb], "Return")
            if _in_time(hands, then, f"what {verb} leads to", 20):
                return
        _xdotool("key", "Escape")
    raise AssertionError(f"{program}: {verb} leads nowhere")


def _in_time(hands: Hands, condition: Callable[[], bool], what: str, seconds: float) -> bool:
    try:
        hands.until(condition, what, seconds=seconds)
    except AssertionError:
        return False
    return True


def _windows(program: str) -> list[str]:
    return _xdotool("search", "--onlyvisible", "--class", program).split()


def _xdotool(*arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], check=False, capture_output=True, text=True).stdout
