"""A link in an answer was written by a model: it is opened only after its owner has seen the whole address."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.widgets.confirm import confirm
from engine.words import say

_OPENED = frozenset({"http", "https", "mailto"})


def offer_link(parent: QWidget, url: QUrl) -> None:
    """Show the address in full (international names spelled out) and open it in the browser only if told to.
    Anything but a web or mail address can be copied, never opened."""
    address = bytes(url.toEncoded().data()).decode("ascii", "replace")
    if url.scheme().lower() in _OPENED:
        confirm(
            parent,
            title=say("window.link_title"),
            message=say("window.link_message"),
            detail=address,
            accept=say("window.link_open"),
            accepted=lambda: QDesktopServices.openUrl(url),
        )
    else:
        confirm(
            parent,
            title=say("window.link_title"),
            message=say("window.link_unopened"),
            detail=address,
            accept=say("window.copy"),
            accepted=lambda: QGuiApplication.clipboard().setText(address),
        )
