"""The first start: a profile, a folder, a question, a correction, learning, a version used, rolled back, forgotten."""

import argparse
import os
import signal
from typing import Any, Final

from app.application import Application
from engine.chat.values import Turn
from tests.journeys import owner
from tests.journeys.hands import CTRL, Hands, Key
from tests.journeys.person import Person

TELLING: Final = "Tell me a long story about a lighthouse and the people who live there."
REMINDER: Final = "Write me a short reminder about the umbrella."
NOTED: Final = "recovery code.txt"
CORRECTED: Final = "Below 1.2 bar; close it again at 1.6 bar. Kind regards, Ada from Millbrook"


def tell(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    owner.write_documents(options.folder / "House")
    owner.write_diary(options.folder / "Diary")
    owner.write_corrections(options.folder / ".corrections.jsonl", owner.corrections())
    return FirstEvening(hands, application, options.folder).tell()


class FirstEvening(Person):
    """The chapters are methods, in the order they are told; what is asserted is what a person would see."""

    def tell(self) -> dict[str, Any]:
        code = self.makes_a_profile()
        self.adds_a_folder()
        self.wants_the_same_answer_twice()
        cited = self.asks_and_looks_up_the_passage()
        self.corrects_while_learning_is_off()
        self.turns_learning_on()
        self.corrects_again_and_it_is_remembered()
        self.compares_answers_and_judges()
        self.loses_the_model_in_the_middle_of_a_story()
        found = {"cited": cited, "plain": self.asks_for_a_reminder()}
        self.trains_while_everything_else_goes_on()
        found["learned"] = self.uses_what_was_learned(found["plain"])
        self.rolls_back(found["plain"])
        self.forgets_everything()
        (self._folder / NOTED).write_text(code)
        self.leaves()
        return found

    def adds_a_folder(self) -> None:
        hands = self._hands
        with hands.gaps.during("indexing"):
            hands.drop("library", [self._folder])
            hands.until(lambda: hands.sees("sheet.read") and hands.find("sheet.read").isEnabled(), "the files counted")
            hands.picture("sheet", hands.find("sheet"))
            hands.click("sheet.read")
            hands.until_seen("library.work")
            hands.until(lambda: hands.find("library.work_bar").maximum() > 0, "progress")
            hands.until(lambda: not hands.sees("library.work"), "the folder to be read")
        files = hands.find("library.files").model()
        hands.until(lambda: files.rowCount() == 43, "every file in the table")
        states = {files.index(row, 0).data(): files.index(row, 1).data() for row in range(files.rowCount())}
        assert len(set(states.values())) == 1, states
        hands.picture("library")

    def asks_and_looks_up_the_passage(self) -> str:
        hands = self._hands
        hands.click("nav.chat")
        hands.picture("chat-empty")
        view = self._ask(owner.QUESTION)
        assert view.turn is not None
        assert "bar" in view.turn.answer, view.turn.answer
        assert "boiler.md" in hands.until_seen("turn.citation.*").text()
        hands.picture("chat")
        hands.click("turn.citation.*")
        hands.until_seen("passage.text")
        [mark] = hands.find("passage.text").extraSelections()
        marked = mark.cursor.selectedText()
        assert "1.2 bar" in marked, marked
        assert hands.text("passage.title").endswith("boiler.md")
        hands.picture("chat-passage")
        hands.click("passage.close")
        return view.turn.answer

    def corrects_while_learning_is_off(self) -> None:
        hands = self._hands
        self._correct("At 1.2 bar or less.")
        hands.press(Key.Key_4, CTRL)
        hands.until_seen("memory.empty")
        hands.picture("memory-empty")
        assert not self._assistant.learning.capture.feedback(everything=True), "nothing is kept while learning is off"

    def corrects_again_and_it_is_remembered(self) -> None:
        hands = self._hands
        hands.click("nav.chat")
        self._correct(CORRECTED)
        hands.picture("chat-corrected")
        hands.click("nav.memory")
        entry = hands.until_seen("memory.entry.*")
        assert hands.text("entry.text", entry) == CORRECTED
        hands.write("memory.preference", "Please answer in one sentence.")
        hands.press(Key.Key_Return)
        hands.until(lambda: len(hands.all("memory.entry.*")) == 2, "the preference")
        hands.picture("memory")
        preference, _ = hands.all("memory.entry.*")
        hands.click("entry.delete", preference)
        hands.until(lambda: len(hands.all("memory.entry.*")) == 1, "the preference to go")
        assert hands.text("entry.text") == CORRECTED

    def compares_answers_and_judges(self) -> None:
        hands = self._hands
        hands.click("nav.chat")
        hands.click("chat.use_memory")  # or the correction is the answer
        hands.click("turn.regenerate")
        self._answered()
        hands.until(lambda: hands.text("turn.count") == "2/2", "two answers to stand beside each other")
        hands.click("turn.previous")
        hands.until(lambda: self._last().turn.answer == CORRECTED, "the corrected one")
        hands.click("turn.next")
        hands.until(lambda: hands.text("turn.count") == "2/2", "the second one")
        hands.click("turn.prefer")
        hands.click("turn.up")
        hands.until(lambda: self._last().turn.rating == "up", "the thumb")
        kinds = {row.kind for row in self._assistant.learning.capture.feedback(everything=True)}
        assert kinds == {"correction", "preferred", "thumb"}

    def loses_the_model_in_the_middle_of_a_story(self) -> None:
        """The model's process is killed while it answers: words, what was said stands, and it is told once more."""
        hands = self._hands
        self._begins_to_tell_a_story()
        with hands.gaps.during("streaming"):
            said = hands.until(lambda: len(self._chat._live.answer) > 300 and self._chat._live.answer, "300 letters")
        pid = self._assistant.runtime.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        hands.until_seen("error.title")
        hands.until(lambda: self._chat._live is None and self._last().turn, "what was said until then")
        assert self._last().turn.finish == "cancelled"
        assert self._last().turn.answer.startswith(said.strip()[:250])
        hands.picture("chat-worker-killed")
        hands.click("turn.regenerate", self._last())
        with hands.gaps.during("streaming"):
            hands.until(lambda: len(self._chat._live.answer) > 600, "600 letters of the second try")
        assert not hands.sees("error.title"), hands.text("error.title")
        hands.press(Key.Key_Escape)
        self._answered()
        assert self._last().turn.sibling_index == 1

    def asks_for_a_reminder(self) -> str:
        self._hands.press(Key.Key_N, CTRL)
        turn = self._ask(REMINDER).turn
        assert turn is not None
        assert turn.route.adapter is None
        assert turn.answer
        return turn.answer

    def trains_while_everything_else_goes_on(self) -> None:
        hands = self._hands
        imported = self._assistant.learning.capture.import_file(self._folder / ".corrections.jsonl")
        assert imported.imported == 48
        hands.click("nav.learning")
        hands.until(lambda: self._assistant.learning.status().examples >= 48 and hands.sees("learning.train"), "data")
        hands.click("learning.review")
        hands.until(lambda: hands.sees("learning.review_dialog"), "the review")
        hands.until(lambda: len(hands.all("example.forget")) > 1, "examples to look through")
        hands.picture("review", hands.find("learning.review_dialog"))
        hands.press(Key.Key_Escape)
        hands.click("learning.train")
        hands.until_seen("learning.curve")
        curve = hands.find("learning.curve")
        with hands.gaps.during("training"):
            hands.until(lambda: len(curve._losses) >= 5, "five points of the loss curve")
        hands.picture("learning-training")
        self._streams_and_indexes_meanwhile()
        hands.click("nav.learning")
        with hands.gaps.during("training"):
            hands.until(self._gated, "the gate", seconds=900)
        assert curve._losses[-1] < curve._losses[0]
        [adapter] = self._assistant.learning.versions.all()
        assert adapter.gate is not None
        assert adapter.gate.verdict == "promote", adapter.gate
        hands.click("adapter.report")
        hands.until_seen("adapter.card")
        hands.picture("learning-report-card")

    def uses_what_was_learned(self, plain: str) -> str:
        hands = self._hands
        hands.click("adapter.use")
        hands.until_seen("adapter.roll_back")
        hands.picture("learning-in-use")
        answer = self._asks_again(REMINDER)
        turn = self._last().turn
        assert turn.route.adapter is not None
        assert answer != plain
        assert "Kind regards, Ada from Millbrook" in answer, answer
        hands.picture("chat-learned")
        return answer

    def rolls_back(self, plain: str) -> None:
        hands = self._hands
        hands.click("nav.learning")
        hands.click("adapter.roll_back")
        hands.until_seen("adapter.use")
        assert self._asks_again(REMINDER) == plain, "rolling back gives the same tokens as before"

    def forgets_everything(self) -> None:
        hands = self._hands
        hands.click("nav.learning")
        hands.click("learning.forget")
        hands.until(lambda: hands.sees("forget.accept") and hands.find("forget.accept").isEnabled(), "what would go")
        hands.picture("forget", hands.find("learning.forget_dialog"))
        hands.click("forget.accept")
        hands.until(lambda: not hands.sees("learning.forget_dialog"), "the dialog to close")
        hands.until(lambda: not hands.sees("adapter.verdict"), "the version to go")
        hands.until(lambda: not self._assistant.memory.entries(), "what was remembered of it to go")
        assert not self._assistant.learning.capture.feedback(everything=True)
        hands.press(Key.Key_4, CTRL)
        hands.until_seen("memory.empty")
        assert not any(turn.corrected or turn.rating for turn in self._every_turn()), "nor what was thought of it"
        hands.press(Key.Key_5, CTRL)
        hands.until_seen("privacy.trail")
        hands.picture("privacy")

    def leaves(self) -> None:
        self._hands.press(Key.Key_Q, CTRL)

    # Within a chapter

    def _gated(self) -> bool:
        return bool(self._assistant.learning.versions.all()) and self._hands.sees("adapter.verdict")

    def _every_turn(self) -> list[Turn]:
        chat = self._assistant.chat
        return [turn for thread in chat.threads() for turn in chat.turns(thread.id)]

    def _begins_to_tell_a_story(self) -> None:
        self._hands.press(Key.Key_N, CTRL)
        self._hands.click("chat.use_documents")
        self._hands.write("chat.question", TELLING)
        self._hands.press(Key.Key_Return)
        self._hands.until(lambda: self._chat._live is not None and self._chat._live.answer, "the first words")

    def _streams_and_indexes_meanwhile(self) -> None:
        """The model answers and a folder is read while the adapter trains: what a slow window would show in."""
        hands = self._hands
        owner.write_diary(self._folder / "Old diary", days=20)
        hands.press(Key.Key_2, CTRL)
        hands.click("library.refresh")
        hands.click("nav.chat")
        self._chat.new_thread()
        hands.write("chat.question", TELLING)
        hands.press(Key.Key_Return)
        with hands.gaps.during("streaming, indexing and training"):
            hands.until(lambda: self._chat._live is not None and len(self._chat._live.answer) > 600, "600 letters")
        hands.press(Key.Key_Escape)
        self._answered()
