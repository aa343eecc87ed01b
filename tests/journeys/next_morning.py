"""Another start: the passphrase of now, everything where it was, and a window that is left alone for a while."""

import argparse
from typing import Any

from app.application import Application
from tests.journeys.hands import CTRL, Hands, Key
from tests.journeys.owner import NEW_PASSPHRASE, PASSPHRASE, QUESTION


def tell(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    hands.until_seen("unlock.open")
    hands.write("unlock.passphrase", PASSPHRASE)  # of old
    hands.press(Key.Key_Return)
    hands.until_seen("error.title")
    refused = hands.text("error.title")
    hands.picture("unlock")
    hands.write("unlock.passphrase", NEW_PASSPHRASE)
    hands.press(Key.Key_Return)
    hands.until_seen("chat.question")

    threads = hands.find("sidebar.threads")
    titles = hands.until(
        lambda: [threads.model().index(row, 0).data() for row in range(threads.model().rowCount())], "the conversations"
    )
    assert QUESTION in titles, titles
    hands.write("sidebar.search", "blue valve")
    hands.until(lambda: threads.model().rowCount() == 1, "the one that was searched for")
    hands.press(Key.Key_Tab)
    hands.press(Key.Key_Down)
    hands.press(Key.Key_Return)
    hands.until(lambda: hands.sees("turn.citation.*"), "what was said yesterday")

    with hands.gaps.during("idle"):
        hands.idle(options.idle)
    hands.press(Key.Key_Q, CTRL)
    return {"refused": refused, "conversations": len(titles)}
