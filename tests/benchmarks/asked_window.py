"""The window as `python -m app` runs it, saying when it is there and when it has answered a first question."""

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.application import Application


def main(profile: Path, key: Path) -> None:
    qt = QApplication([])
    qt.setQuitOnLastWindowClosed(False)
    application = Application(qt, profile, key)
    watch = QTimer(interval=100)
    asked = [False]

    def look() -> None:
        if application.window is None or not application.window.isVisible():
            return
        if not asked[0]:
            asked[0] = True
            print("at_start", flush=True)
            QTimer.singleShot(7000, ask)

    def ask() -> None:
        assert application.window is not None
        field = named("chat.question")
        QTest.keyClicks(field, "What did the central bank say?")
        QTest.keyClick(field, Qt.Key.Key_Return)
        QTimer.singleShot(1000, await_answer)

    def await_answer() -> None:
        if application.tasks.jobs:
            QTimer.singleShot(200, await_answer)
        else:
            print("after_a_question", flush=True)

    def named(name: str) -> QWidget:
        assert application.window is not None
        return application.window.findChildren(QWidget, name)[0]

    watch.timeout.connect(look)
    watch.start()
    QTimer.singleShot(0, application.start)
    qt.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
