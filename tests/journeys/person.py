"""What a person does in every story at the window: begin, ask, ask once more, correct."""

from pathlib import Path

from app.application import Application
from app.chat.page import ChatPage
from app.chat.turn_view import TurnView
from engine.assistant import Assistant
from tests.journeys import owner
from tests.journeys.hands import CTRL, Hands, Key


class Person:
    """Sits before `application`, whose window `hands` reach; `folder` holds their files."""

    def __init__(self, hands: Hands, application: Application, folder: Path) -> None:
        self._hands = hands
        self._application = application
        self._folder = folder

    def makes_a_profile(self) -> str:
        """Returns the recovery code."""
        hands = self._hands
        hands.until_seen("first_run.new_choose")
        hands.click("first_run.new_choose")  # the keyring is what it proposes; this machine has none
        hands.until_seen("error.title")
        assert "keyring" in hands.text("error.message").lower() + hands.text("error.title").lower()
        hands.picture("first-run")
        hands.write("first_run.passphrase_text", owner.PASSPHRASE)
        hands.write("first_run.passphrase_again", owner.PASSPHRASE)
        hands.click("first_run.new_choose")
        hands.until_seen("first_run.code")
        code = hands.text("first_run.code")
        assert len(code) > 20
        hands.picture("recovery-code")
        assert not hands.find("first_run.continue").isEnabled()
        hands.click("first_run.written_down")
        hands.click("first_run.continue")
        hands.until_seen("first_run.add_folder")
        hands.picture("ready")
        hands.click("first_run.add_folder")
        hands.until_seen("library.empty")
        hands.picture("library-empty")
        return code

    def wants_the_same_answer_twice(self) -> None:
        """By the settings: temperature 0, so that the story can be told again."""
        hands = self._hands
        hands.press(Key.Key_Comma, CTRL)
        hands.until_seen("settings_dialog")
        hands.write("settings.temperature", "0", instead=True)
        hands.press(Key.Key_Tab)
        hands.picture("settings", hands.find("settings_dialog"))
        hands.click("settings.save")
        hands.until(lambda: self._assistant.settings.temperature == 0, "the settings to be kept")

    def turns_learning_on(self) -> None:
        hands = self._hands
        hands.click("nav.learning")
        hands.until(lambda: hands.sees("learning.state") and hands.text("learning.state"), "where learning stands")
        off = hands.text("learning.state")
        hands.picture("learning-off")
        hands.click("learning.toggle")
        hands.until_seen("learning.consent_words")
        hands.picture("consent", hands.find("learning.consent_dialog"))
        hands.click("consent.accept")
        hands.until(lambda: hands.text("learning.state") != off, "learning to be on")

    # Within a chapter

    @property
    def _assistant(self) -> Assistant:
        assistant = self._application._assistant
        assert assistant is not None
        return assistant

    @property
    def _chat(self) -> ChatPage:
        assert self._application.window is not None
        return self._application.window.chat

    def _last(self) -> TurnView:
        return self._chat.turns.views[-1]

    def _answered(self) -> TurnView:
        self._hands.until(lambda: self._chat._live is None, "the answer")
        assert self._last().turn is not None
        return self._last()

    def _ask(self, question: str) -> TurnView:
        before = len(self._chat.turns.views)
        self._hands.write("chat.question", question)
        self._hands.press(Key.Key_Return)
        self._hands.until(lambda: len(self._chat.turns.views) == before + 1, "the question on the page")
        with self._hands.gaps.during("streaming"):
            self._hands.until(lambda: self._chat._live is None or self._chat._live.answer, "the first words")
            return self._answered()

    def _asks_again(self, question: str) -> str:
        self._hands.click("nav.chat")
        self._hands.click_item("sidebar.threads", question)
        self._hands.until(
            lambda: [view.turn.question for view in self._chat.turns.views if view.turn] == [question],
            "the earlier conversation",
        )
        before = self._last().turn.sibling_ids
        self._hands.click("turn.regenerate", self._last())
        self._hands.until(lambda: self._chat._live is not None, "it to begin")
        turn = self._answered().turn
        assert turn is not None
        assert len(turn.sibling_ids) == len(before) + 1
        return turn.answer

    def _correct(self, text: str) -> None:
        hands = self._hands
        hands.click("turn.correct")
        hands.write("turn.correction_text", text, instead=True)
        hands.press(Key.Key_Return, CTRL)
        hands.until(lambda: self._last().turn.answer == text, "the correction")
        assert self._last().turn.corrected
