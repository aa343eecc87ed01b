"""Stories at the window, played by hand in the program itself: `python -m tests.journeys.window_story evening FOLDER`.

Each chapter is a start of its own. What it found out is printed as one JSON object a chapter.
"""

import argparse
import faulthandler
import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import __main__ as hearthside  # which installs the guard: no other package may come before it
from tests.journeys.stories import STORIES


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("story", choices=STORIES)
    parser.add_argument("folder", type=Path, help="an empty one, for the owner's files")
    parser.add_argument("--chapter")
    parser.add_argument("--profile", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--idle", type=float, default=60, help="seconds to leave it alone at the end")
    options = parser.parse_args()
    if options.chapter:
        return play(options)
    for chapter in STORIES[options.story]:
        code = subprocess.run(
            [sys.executable, "-m", "tests.journeys.window_story", *sys.argv[1:], "--chapter", chapter], check=False
        ).returncode
        if code:
            return code
    return 0


def play(options: argparse.Namespace) -> int:
    """Start the program as its command does, and have the chapter step in once it has begun."""
    from PySide6.QtCore import QTimer

    from app import application
    from tests.journeys import file_managers, first_evening, four_weeks, living_folder, lost_passphrase, next_morning
    from tests.journeys.hands import Hands

    tellers: dict[str, Callable[[Hands, application.Application, argparse.Namespace], dict[str, Any]]] = {
        "first_evening": first_evening.tell,
        "living_folder": living_folder.tell,
        "lost_passphrase": lost_passphrase.tell,
        "next_morning": next_morning.tell,
        "from_thunar": file_managers.from_thunar,
        "from_pcmanfm_qt": file_managers.from_pcmanfm_qt,
        "first_week": four_weeks.first_week,
        "bad_week": four_weeks.bad_week,
        "good_week": four_weeks.good_week,
        "last_week": four_weeks.last_week,
    }
    chapter = tellers[options.chapter]
    ended: list[str] = []

    class Played(application.Application):
        def start(self) -> None:
            super().start()
            QTimer.singleShot(0, self.play)

        def play(self) -> None:
            hands = Hands(self, options.pictures)
            started = time.monotonic()
            try:
                found = chapter(hands, self, options)
            except BaseException:  # noqa: BLE001  a slot has no caller to tell
                traceback.print_exc()
                faulthandler.dump_traceback(all_threads=True)
                print([widget.text() for widget in hands.all("error.*")], file=sys.stderr)  # type: ignore[attr-defined]
                hands.picture(f"failed-{options.chapter}")
                self._end()
                return
            ended.append(options.chapter)
            seconds = round(time.monotonic() - started, 1)
            print(
                json.dumps({"chapter": options.chapter, "seconds": seconds, "loop": hands.gaps.report(), **found}),
                flush=True,
            )

    application.Application = Played  # type: ignore[misc]
    code = hearthside.main(["--profile", str(options.profile)] if options.profile else [])
    return code or (0 if ended else 1)


if __name__ == "__main__":
    raise SystemExit(main())
