"""The passphrase is forgotten: the recovery code opens everything, and a new passphrase takes the old one's place."""

import argparse
from typing import Any

from app.application import Application
from tests.journeys.first_evening import NOTED
from tests.journeys.hands import CTRL, Hands, Key
from tests.journeys.owner import NEW_PASSPHRASE, QUESTION


def tell(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    hands.until_seen("unlock.open")
    hands.click("unlock.use_code")
    hands.write("unlock.code", (options.folder / NOTED).read_text())
    hands.press(Key.Key_Return)
    hands.until_seen("first_run.relock_choose")
    hands.click("first_run.passphrase")
    hands.picture("new-lock")
    hands.write("first_run.passphrase_text", NEW_PASSPHRASE)
    hands.write("first_run.passphrase_again", NEW_PASSPHRASE)
    hands.press(Key.Key_Return)
    hands.until_seen("chat.question")
    threads = hands.find("sidebar.threads").model()
    hands.until(
        lambda: QUESTION in [threads.index(row, 0).data() for row in range(threads.rowCount())], "what was said"
    )
    hands.press(Key.Key_Q, CTRL)
    return {}
