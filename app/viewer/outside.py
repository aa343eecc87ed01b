"""The two ways out of the window, each after a click: the file in its folder, and the file in another program."""

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.widgets.confirm import confirm
from engine.words import say

_MANAGER = "org.freedesktop.FileManager1"
_PATIENCE_MS = 5000


def show_in_folder(path: str, owner: QObject) -> None:
    """Have the file manager show the file, marked in its folder; where none can, just the folder."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", str(Path(path))])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", path])
    else:
        _ask_file_manager(path, owner)


def offer_outside(path: str, parent: QWidget) -> None:
    """Say what opening the file elsewhere means, and do it only if told to."""
    confirm(
        parent,
        title=say("viewer.outside_title"),
        message=say("viewer.outside_message"),
        detail=path,
        accept=say("viewer.outside_accept"),
        accepted=lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(path)),
    )


def _ask_file_manager(path: str, owner: QObject) -> None:
    """By the freedesktop file manager interface; its answer is not waited for."""
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        _open_folder(path)
        return
    call = QDBusMessage.createMethodCall(_MANAGER, f"/{_MANAGER.replace('.', '/')}", _MANAGER, "ShowItems")
    address = QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    call.setArguments([[address], ""])
    waiting = QDBusPendingCallWatcher(bus.asyncCall(call, _PATIENCE_MS), owner)

    def answered() -> None:
        if waiting.isError():
            _open_folder(path)
        waiting.deleteLater()

    waiting.finished.connect(answered)


def _open_folder(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
