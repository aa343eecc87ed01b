"""A folder that goes on living: edited, renamed, deleted from and moved outside of the program, which follows."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.application import Application
from engine.library.embed import OnnxEmbedder, Vectors
from engine.progress import Control
from engine.store import keys
from engine.store.values import WithPassphrase
from tests import decrypted
from tests.journeys import owner
from tests.journeys.hands import CTRL, Hands, Key
from tests.journeys.person import Person

OLD: Final = "1.2 bar"
NEW: Final = "0.9 bar"
SECRET: Final = "quince"


def tell(hands: Hands, application: Application, options: argparse.Namespace) -> dict[str, Any]:
    owner.write_documents(options.folder / "House")
    return LivingFolder(hands, application, options.folder / "House").tell()


class LivingFolder(Person):
    def tell(self) -> dict[str, Any]:
        self.makes_a_profile()
        self.adds_the_folder()
        self.wants_the_same_answer_twice()
        self.edits_a_file_and_asks()
        self.renames_and_nothing_is_read_again()
        self.deletes_a_file_and_its_words_are_gone()
        self.moves_the_folder_away_and_back()
        self._hands.press(Key.Key_Q, CTRL)
        return {}

    def adds_the_folder(self) -> None:
        self._hands.drop("library", [self._folder])
        self._hands.click("sheet.read")
        self._stands("Up to date")

    def edits_a_file_and_asks(self) -> None:
        boiler = self._folder / "boiler.md"
        boiler.write_text(boiler.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
        self._until_found(NEW)
        assert NEW in self._cited_for(owner.QUESTION)

    def renames_and_nothing_is_read_again(self) -> None:
        rows, embedded = self._vectors(), self._count_embedded()
        (self._folder / "boiler.md").rename(self._folder / "notes" / "heating.md")
        (self._folder / "notes").rename(self._folder / "papers")
        self._hands.until(lambda: "papers/heating.md" in self._files(), "the new names")
        assert (self._vectors(), embedded) == (rows, [])

    def deletes_a_file_and_its_words_are_gone(self) -> None:
        assert self._stands_in_the_database(SECRET)
        (self._folder / "garden.txt").unlink()
        self._hands.until(lambda: "garden.txt" not in self._files(), "its end")
        self._stands("Up to date")
        assert not self._stands_in_the_database(SECRET)

    def moves_the_folder_away_and_back(self) -> None:
        hands, rows, embedded = self._hands, self._vectors(), self._count_embedded()
        away = self._folder.with_name("Elsewhere")
        self._folder.rename(away)
        self._stands("Away")
        hands.picture("library-away")
        assert NEW in self._cited_for(owner.QUESTION), "what was read is kept, and found"
        assert hands.text("turn.citation.*", self._last()).endswith("away")
        hands.click("turn.citation.*", self._last())
        hands.until_seen("passage.text")
        assert "away" in hands.text("passage.note")
        hands.picture("passage-away")
        hands.click("passage.close")
        away.rename(self._folder)
        self._stands("Up to date")
        assert (self._vectors(), embedded) == (rows, [])
        assert {file.away for file in self._assistant.library.files()} == {""}

    def _stands(self, words: str) -> None:
        """The library page says so of the folder."""
        self._hands.press(Key.Key_2, CTRL)
        self._hands.until(
            lambda: (
                self._hands.sees("root.standing")
                and self._hands.find("root.standing").accessibleName().startswith(words)
            ),
            words,
        )

    def _cited_for(self, question: str) -> str:
        """The text of what a new conversation's answer cites."""
        self._hands.click("nav.chat")
        self._chat.new_thread()
        turn = self._ask(question).turn
        assert turn is not None
        return " ".join(citation.text or "" for citation in turn.citations)

    def _until_found(self, words: str) -> None:
        library = self._assistant.library
        self._hands.until(lambda: any(words in passage.text for passage in library.search(words)), words)

    def _files(self) -> set[str]:
        return {str(Path(file.path).relative_to(self._folder)) for file in self._assistant.library.files()}

    def _vectors(self) -> list[tuple[Any, ...]]:
        return self._assistant.library._database.read("SELECT chunk, vector FROM vectors ORDER BY chunk")

    def _count_embedded(self) -> list[str]:
        """Passages that are embedded from now on."""
        embedded: list[str] = []
        embedder = self._assistant._embedder
        passages = OnnxEmbedder.passages

        def counting(texts: Sequence[str], control: Control | None = None) -> Vectors:
            embedded.extend(texts)
            return passages(embedder, texts, control)

        embedder.passages = counting  # type: ignore[method-assign]  # the rest of it stays the real one
        return embedded

    def _stands_in_the_database(self, word: str) -> bool:
        """In any page of library.db as it lies there, free ones included, or in its log."""
        paths = self._assistant.paths
        copied = self._folder.with_name("copy")
        copied.mkdir()
        try:
            for file in paths.root.glob("library.db*"):
                shutil.copyfile(file, copied / file.name)
            key = keys.unlock(paths, WithPassphrase(owner.PASSPHRASE))
            return word.encode() in decrypted.pages(copied / "library.db", key.derive("library.db")).lower()
        finally:
            shutil.rmtree(copied)
