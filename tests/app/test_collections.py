"""Collections on the library page: made, changed, shown, deleted, by keys and clicks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.library.collection_dialog import CollectionDialog
from app.library.files_model import matching
from app.library.page import LibraryPage
from app.shell.main_window import MainWindow
from engine.library.values import Collection
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
Dialog = Callable[[str], QDialog]
LEFT = Qt.MouseButton.LeftButton
NOTES, FLAT = "/home/ada/Notes", "/home/ada/Flat"


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> LibraryPage:
    assistant.library.add([Path(NOTES), Path(FLAT)])
    window.show_page("library")
    made = named("library")
    qtbot.waitUntil(lambda: made.table.model.rowCount() == 24)
    return made


@pytest.fixture
def kept_one(qtbot: QtBot, page: LibraryPage, assistant: FakeAssistant, named: Named) -> Collection:
    made = assistant.library.collections.new("Home", [FLAT])
    page.reload()
    assert named(f"library.collection.{made.id}").text() == "Home · 12"
    return made


@pytest.fixture
def opened(qtbot: QtBot, kept_one: Collection, named: Named, dialog: Dialog) -> CollectionDialog:
    qtbot.mouseClick(named(f"library.collection.{kept_one.id}"), LEFT)
    return dialog("collection")


def save(qtbot: QtBot, dialog: CollectionDialog) -> None:
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.findChild(QWidget, "collection.save"), LEFT)


def menu_of(widget: QWidget, name: str) -> QMenu:
    [shown] = [one for one in widget.findChildren(QMenu, name) if one.isVisible()]
    return shown


def test_a_collection_is_made_of_what_the_library_reads(
    qtbot: QtBot, page: LibraryPage, named: Named, dialog: Dialog, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(named("library.new_collection"), LEFT)
    made = dialog("collection")
    assert not made.findChild(QWidget, "collection.save").isEnabled(), "without a name it cannot be kept"
    qtbot.keyClicks(made.name, "Home")
    qtbot.mouseClick(made.findChild(QWidget, "collection.add"), LEFT)
    menu = menu_of(made, "collection.menu")
    menu.actions()[1].trigger()
    menu.close()
    save(qtbot, made)
    qtbot.waitUntil(lambda: len(page.collections._made) == 1)
    [kept] = assistant.library.collections.all()
    assert (kept.name, kept.places) == ("Home", (FLAT,))


def test_a_name_that_is_taken_is_told_in_place(
    qtbot: QtBot, page: LibraryPage, named: Named, dialog: Dialog, kept_one: Collection
) -> None:
    qtbot.mouseClick(named("library.new_collection"), LEFT)
    made = dialog("collection")
    qtbot.keyClicks(made.name, "Home")
    qtbot.keyClick(made.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not made.error.isHidden())
    made.name.setText("House")
    save(qtbot, made)


def test_it_is_renamed_and_emptied_in_its_dialog(
    qtbot: QtBot, page: LibraryPage, opened: CollectionDialog, kept_one: Collection, assistant: FakeAssistant
) -> None:
    made = opened
    assert made.name.text() == "Home"
    made.name.setText("House & garden")
    made.places.setCurrentRow(0)
    qtbot.mouseClick(made.findChild(QWidget, "collection.remove"), LEFT)
    save(qtbot, made)
    qtbot.waitUntil(lambda: [one.text() for one in page.collections._made] == ["House && garden · 0"])
    assert assistant.library.collections.get(kept_one.id).places == ()


def test_files_and_folders_are_put_in_from_where_they_are_listed(
    qtbot: QtBot, page: LibraryPage, named: Named, kept_one: Collection, assistant: FakeAssistant
) -> None:
    assert not named("library.collect").isEnabled()
    page.table.view.selectRow(0)
    qtbot.mouseClick(named("library.collect"), LEFT)
    menu_of(page.table.collect, "library.collect_menu").actions()[0].trigger()
    qtbot.waitUntil(lambda: len(assistant.library.collections.get(kept_one.id).places) == 2)
    qtbot.mouseClick(named("root.collect", named(f"library.root.{NOTES}")), LEFT)
    menu_of(named("root.collect", named(f"library.root.{NOTES}")), "library.collect_menu").actions()[0].trigger()
    qtbot.waitUntil(lambda: NOTES in assistant.library.collections.get(kept_one.id).places)


def test_the_table_shows_the_files_of_one(
    qtbot: QtBot, page: LibraryPage, named: Named, kept_one: Collection, assistant: FakeAssistant
) -> None:
    named("library.in_collection").setCurrentIndex(1)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 12)
    assistant.library.collections.put(kept_one.id, [f"{NOTES}/note-1.txt"])
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 13)
    assistant.library.collections.delete(kept_one.id)
    page.reload()
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 24)
    assert page.table.collection.isHidden()


def test_deleting_one_is_asked_first_and_leaves_the_files(
    qtbot: QtBot, page: LibraryPage, dialog: Dialog, opened: CollectionDialog, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(opened.findChild(QWidget, "collection.delete"), LEFT)
    qtbot.mouseClick(dialog("confirm").findChild(QWidget, "confirm.accept"), LEFT)
    qtbot.waitUntil(lambda: page.collections._made == [])
    assert assistant.library.collections.all() == []
    assert len(assistant.library.files()) == 24


def test_a_place_is_not_what_is_named_like_it(page: LibraryPage, assistant: FakeAssistant) -> None:
    files = assistant.library.files()
    assert len(matching(files, "", None, [FLAT])) == 12
    assert len(matching(files, "", None, ["/home/ada/Fla"])) == 0
    assert len(matching(files, "", None, [f"{NOTES}/note-1.txt"])) == 1
    assert matching(files, "", None, []) == []
