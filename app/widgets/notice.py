"""A card that is there only while it has something to say."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.widgets.labels import label


class Notice(QFrame):
    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", "notice")
        self._words = label(name=f"{name}_words")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.addWidget(self._words)
        self.hide()

    def tell(self, words: str) -> None:
        """Show `words`; with none, nothing."""
        self._words.setText(words)
        self.setVisible(bool(words))
