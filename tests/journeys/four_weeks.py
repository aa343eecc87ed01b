"""Four weeks with a clock that jumps: a version is learned and used, a bad one refused, and a fall in ratings heard."""

import argparse
import functools
import time
from typing import Any, Final

from app.application import Application
from engine.assistant import Assistant
from engine.learning.values import AdapterState
from tests.journeys import owner
from tests.journeys.hands import CTRL, Hands, Key
from tests.journeys.person import Person

WEEK_MS: Final = 7 * 86_400_000
BEGUN_MS: Final = 1_772_438_400_000
"""Monday, 2 March 2026."""
GUESTS, LIKED, DISLIKED = 12, 22, 18
PLAIN: Final = "before.txt"
SIGNED: Final = "Kind regards, Ada from Millbrook"


def first_week(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    return _week(0, hands, application, options).learns()


def bad_week(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    return _week(1, hands, application, options).has_a_visitor()


def good_week(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    return _week(2, hands, application, options).is_content()


def last_week(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    return _week(3, hands, application, options).is_not()


def _week(number: int, hands: Hands, application: Application, options: argparse.Namespace) -> "Week":
    """From here on it is Monday of that week, wherever a profile is opened."""
    began = time.time_ns() // 1_000_000

    def clock() -> int:
        return BEGUN_MS + number * WEEK_MS + time.time_ns() // 1_000_000 - began

    for way in ("create", "open"):
        setattr(Assistant, way, functools.partial(getattr(Assistant, way), clock=clock))
    return Week(hands, application, options.folder)


class Week(Person):
    """A week is a start of the program, told by one method."""

    def learns(self) -> dict[str, Any]:
        """Letters of before are brought along, a version is made of them, and it writes as its owner does."""
        hands = self._hands
        self.makes_a_profile()
        self.wants_the_same_answer_twice()
        self.turns_learning_on()
        hands.click("nav.chat")
        plain = self._said(owner.requests()[0])
        (self._folder / PLAIN).write_text(plain, encoding="utf-8")
        self._brings(owner.corrections())
        assert self._trains() == "Ready to use", self._reasons()
        hands.click("adapter.use")
        hands.until_seen("adapter.roll_back")
        hands.picture("weeks-1-in-use")
        learned = self._asks_again(owner.requests()[0])
        assert SIGNED in learned, learned
        assert SIGNED not in plain
        self.leaves()
        return {"learned": learned}

    def has_a_visitor(self) -> dict[str, Any]:
        """A guest has letters written as any assistant would, at length. What is made of both is refused, for it writes
        neither way: the newest corrections became less likely. The version of the first week goes on answering."""
        self._unlocks()
        self._brings(owner.long_winded(GUESTS))
        assert self._trains() == "Not to be used", self._reasons()
        hands = self._hands
        newest, first = self._assistant.learning.versions.all()
        assert (newest.state, first.state) == (AdapterState.REJECTED, AdapterState.ACTIVE)
        assert newest.created_ms - first.created_ms >= WEEK_MS - 3_600_000
        assert not hands.sees("adapter.use")
        asked = f"learning.adapter.{first.id}"
        hands.click("adapter.shadow", hands.until_seen(asked))
        hands.until(lambda: any(hands.all("shadow.verdict")), "what it would have answered", seconds=300)
        assert "pieces of feedback it does not know yet" in hands.text("shadow.verdict", hands.until_seen(asked))
        hands.picture("weeks-2-refused")
        assert SIGNED in self._asks_again(owner.requests()[0])
        self.leaves()
        return {"refused": newest.gate.reasons if newest.gate else []}

    def is_content(self) -> dict[str, Any]:
        self._unlocks()
        self._judges(owner.requests()[1 : 1 + LIKED], "turn.up")
        assert self._assistant.learning.status().returned is None
        self.leaves()
        return {"liked": LIKED}

    def is_not(self) -> dict[str, Any]:
        """Tastes change: once enough thumbs say so, the version is taken out of use, and its owner is told."""
        self._unlocks()
        hands = self._hands
        disliked = self._judges(owner.requests()[1 + LIKED : 1 + LIKED + DISLIKED], "turn.down")
        assert disliked < DISLIKED, "it was taken out before they were all judged"
        hands.until(lambda: "taken out of use" in hands.until_seen("undo").accessibleName(), "the notice")
        returned = self._assistant.learning.status().returned
        assert returned is not None
        assert (returned.liked_before, returned.liked_since) == (1.0, 0.0)
        again = self._asks_again(owner.requests()[0])
        assert again == (self._folder / PLAIN).read_text(encoding="utf-8"), "what answered at first answers again"
        hands.click("nav.learning")
        hands.until_seen("learning.returned")
        hands.picture("weeks-4-returned")
        self.leaves()
        return {"disliked": disliked}

    # Within a week

    def leaves(self) -> None:
        self._hands.press(Key.Key_Q, CTRL)

    def _unlocks(self) -> None:
        hands = self._hands
        hands.until_seen("unlock.open")
        hands.write("unlock.passphrase", owner.PASSPHRASE)
        hands.press(Key.Key_Return)
        hands.until_seen("chat.question")

    def _brings(self, rows: list[dict[str, str]]) -> None:
        path = self._folder / "letters.jsonl"
        owner.write_corrections(path, rows)
        assert self._assistant.learning.capture.import_file(path).imported == len(rows)

    def _trains(self) -> str:
        """The verdict on what came of it."""
        hands, versions = self._hands, self._assistant.learning.versions
        before = len(versions.all())
        hands.click("nav.learning")
        hands.until_seen("learning.train")
        hands.click("learning.train")
        hands.until(lambda: len(hands.all("adapter.verdict")) > before, "the gate", seconds=900)
        return str(hands.text("adapter.verdict", hands.all("learning.adapter.*")[0]))

    def _reasons(self) -> list[str]:
        """What the gate said of the newest version."""
        gate = self._assistant.learning.versions.all()[0].gate
        return [] if gate is None else gate.reasons

    def _said(self, question: str) -> str:
        self._hands.press(Key.Key_N, CTRL)
        turn = self._ask(question).turn
        assert turn is not None
        return turn.answer

    def _judges(self, questions: list[str], thumb: str) -> int:
        """Ask in one conversation, and say the same of every answer, for as long as the version in use stays it; how
        many were judged."""
        hands = self._hands
        hands.press(Key.Key_N, CTRL)
        for number, question in enumerate(questions, 1):
            view = self._ask(question)
            assert view.turn is not None
            assert view.turn.route.adapter is not None, "the version in use answers"
            hands.click(thumb, view)
            hands.until(lambda view=view: view.turn.rating is not None, "the thumb")
            if self._assistant.learning.versions.active() is None:
                return number
        return len(questions)
