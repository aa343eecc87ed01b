"""A page as it looks, with the passage and what was found marked on it; its words can be selected."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.style.theme import Theme
from app.style.tokens import LIGHT
from app.viewer.finding import Span
from app.viewer.marks import nearest, rectangles
from engine.library.values import WHOLE_PAGE, Box, PagePicture
from engine.words import say

_MARGIN: Final = 12
_STEP: Final = 1.25
_SMALLEST, _LARGEST = 0.4, 6.0
_SETTLED_MS: Final = 120  # a width that did not change for so long is drawn sharp
_USUAL_SHAPE: Final = 1.414  # of a page that is not there yet


class PageView(QAbstractScrollArea):
    """A page as wide as the view, and over it, where it is shown larger, a sharp picture of the part in sight.

    `wanted`: a width in pixels, and the part of a page so wide that should be drawn. `turned`: by so many pages.
    `zoomed`: how much.
    """

    wanted = Signal(int, Box)
    turned = Signal(int)
    zoomed = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passage.picture")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        )  # its coming would change the page's width
        self.verticalScrollBar().setSingleStep(40)
        self.horizontalScrollBar().setSingleStep(40)
        self._theme = theme
        self._picture: PagePicture | None = None
        self._detail: PagePicture | None = None
        self._whole_asked = 0
        self._zoom = 1.0
        self._passage: list[Box] = []
        self._found: list[list[Box]] = []
        self._current: list[Box] = []
        self._selection: Span | None = None
        self._anchor: int | None = None
        self._settling = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settling.timeout.connect(self._want)
        theme.changed.connect(self.viewport().update)

    @property
    def picture(self) -> PagePicture | None:
        return self._picture

    @property
    def scale(self) -> float:
        """How large the page is, where 1 is as wide as the view."""
        return self._zoom

    @property
    def passage(self) -> Sequence[Box]:
        """Where the passage is marked."""
        return tuple(self._passage)

    @property
    def whole_wide(self) -> int:
        """How many pixels wide the whole page is to be drawn."""
        return max(1, round(self._page().width() / max(self._zoom, 1.0) * self.devicePixelRatioF()))

    @property
    def is_sharp(self) -> bool:
        """Whether all that is in sight is drawn for this zoom and this screen."""
        if self._picture is None or self._whole_asked != self.whole_wide:
            return False
        return self._zoom <= 1 or (self._detail is not None and self._detail.part == self._in_sight())

    def show_picture(self, picture: PagePicture | None, passage: Span | None) -> None:
        """Show a page, or none; a passage on it is marked and, on another page than before, brought into sight."""
        before, self._picture = self._picture, picture
        self._whole_asked = self.whole_wide
        self._passage = rectangles(picture.boxes, *passage) if picture and passage else []
        same = before is not None and picture is not None and before.number == picture.number
        if not same:
            self._found, self._current, self._selection, self._detail = [], [], None, None
        self._settling.start()
        self._say_what_is_shown()
        self._fit()
        if not same:
            self.verticalScrollBar().setValue(0)
            self._bring_into_sight(self._passage)

    def show_detail(self, picture: PagePicture) -> None:
        """Show a part of the page sharp."""
        self._detail = picture
        self.viewport().update()

    def show_found(self, found: Sequence[Span], current: Span | None) -> None:
        """Mark what was found on this page, and bring `current` into sight."""
        boxes = self._picture.boxes if self._picture else []
        self._found = [rectangles(boxes, *span) for span in found]
        self._current = rectangles(boxes, *current) if current else []
        self._bring_into_sight(self._current)
        self.viewport().update()

    def zoom(self, steps: int | None) -> None:
        """Closer or further; None for a page as wide as the view. What is in the middle stays there."""
        before = self._page()
        middle = self.viewport().height() / 2
        seen = (middle - before.top()) / before.height()
        self._zoom = 1.0 if steps is None else min(max(self._zoom * _STEP**steps, _SMALLEST), _LARGEST)
        self._fit()
        self.verticalScrollBar().setValue(round(_MARGIN + seen * self._page().height() - middle))
        self.zoomed.emit(self._zoom)
        self._settling.start()

    @property
    def selected(self) -> str:
        """The words that are selected."""
        if self._picture is None or self._selection is None:
            return ""
        return self._picture.text[slice(*self._selection)]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self.viewport())
        page = self._page()
        painter.fillRect(self.viewport().rect(), QColor(self._theme.tokens.code))
        if self._picture is None:
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, say("viewer.drawing"))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self.is_sharp)
        for picture in (self._picture, self._detail):
            if picture is not None:
                painter.drawImage(_placed(picture.part, page), _image(picture))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)  # the ink shows through
        marks = [(self._passage, LIGHT.highlight), *((boxes, LIGHT.accent_soft) for boxes in self._found)]
        if self._selection:
            marks.append((rectangles(self._picture.boxes, *self._selection), "#b5d3f2"))
        for boxes, colour in marks:
            for box in boxes:
                painter.fillRect(_placed(box, page), QColor(colour))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(QColor(LIGHT.accent))
        for box in self._current:
            painter.drawRect(_placed(box, page).adjusted(-2, -2, 2, 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if event.size().width() != event.oldSize().width():
            self._settling.start()

    def scrollContentsBy(self, right: int, down: int) -> None:
        super().scrollContentsBy(right, down)
        if self._zoom > 1:
            self._settling.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Up and Page Down scroll, and turn the page at its end; Home and End go to the ends of the page."""
        bar = self.verticalScrollBar()
        match event.key():
            case Qt.Key.Key_PageDown if bar.value() >= bar.maximum():
                self.turned.emit(1)
            case Qt.Key.Key_PageUp if bar.value() <= bar.minimum():
                self.turned.emit(-1)
            case Qt.Key.Key_PageDown:
                bar.setValue(bar.value() + bar.pageStep())
            case Qt.Key.Key_PageUp:
                bar.setValue(bar.value() - bar.pageStep())
            case Qt.Key.Key_Home:
                bar.setValue(bar.minimum())
            case Qt.Key.Key_End:
                bar.setValue(bar.maximum())
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._picture is not None:
            self._anchor, self._selection = self._letter_at(event.position()), None
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._letter_at(event.position())
        if self._anchor is not None and at is not None:
            self._selection = (min(self._anchor, at), max(self._anchor, at) + 1)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002 - Qt's signature
        self._anchor = None

    def _want(self) -> None:
        """Ask for what is not sharp: the whole page first, then the part in sight."""
        if self._picture is None or self._whole_asked != self.whole_wide:
            self.wanted.emit(self.whole_wide, WHOLE_PAGE)
        elif not self.is_sharp:
            self.wanted.emit(round(self._page().width() * self.devicePixelRatioF()), self._in_sight())

    def _in_sight(self) -> Box:
        """The part of the page that the viewport shows, on whole pixels."""
        page, view = self._page(), QRectF(self.viewport().rect())
        seen = page.intersected(view)
        return Box(
            (seen.left() - page.left()) / page.width(),
            (seen.top() - page.top()) / page.height(),
            (seen.right() - page.left()) / page.width(),
            (seen.bottom() - page.top()) / page.height(),
        )

    def _letter_at(self, spot: QPointF) -> int | None:
        page = self._page()
        if self._picture is None:
            return None
        return nearest(
            self._picture.boxes, (spot.x() - page.left()) / page.width(), (spot.y() - page.top()) / page.height()
        )

    def _page(self) -> QRectF:
        """Where the page lies in the viewport."""
        view = self.viewport().size()
        width = max(1.0, (view.width() - 2 * _MARGIN) * self._zoom)
        shape = self._picture.height / self._picture.width if self._picture else _USUAL_SHAPE
        left = max(float(_MARGIN), (view.width() - width) / 2)
        return QRectF(
            left - self.horizontalScrollBar().value(), _MARGIN - self.verticalScrollBar().value(), width, width * shape
        )

    def _fit(self) -> None:
        view, page = self.viewport().size(), self._page()
        for bar, most, step in (
            (self.horizontalScrollBar(), page.width() + 2 * _MARGIN - view.width(), view.width()),
            (self.verticalScrollBar(), page.height() + 2 * _MARGIN - view.height(), view.height()),
        ):
            bar.setRange(0, max(0, round(most)))
            bar.setPageStep(max(1, round(step * 0.9)))
        self.viewport().update()

    def _bring_into_sight(self, boxes: Sequence[Box]) -> None:
        if not boxes:
            return
        page, view = self._page(), self.viewport().rect()
        first = _placed(boxes[0], page)
        if first.top() < 0 or first.bottom() > view.height():
            bar = self.verticalScrollBar()
            bar.setValue(round(bar.value() + first.top() - view.height() / 4))
        if first.left() < 0 or first.right() > view.width():
            bar = self.horizontalScrollBar()
            bar.setValue(round(bar.value() + first.left() - view.width() / 4))

    def _say_what_is_shown(self) -> None:
        picture = self._picture
        name = say("viewer.page_of", page=picture.number, of=picture.count) if picture else say("viewer.drawing")
        self.setAccessibleName(name)
        self.setAccessibleDescription(picture.text[:2000] if picture else "")


def _image(picture: PagePicture) -> QImage:
    """Over the picture's own bytes, which must outlive it."""
    return QImage(picture.pixels, picture.width, picture.height, 4 * picture.width, QImage.Format.Format_RGB32)


def _placed(box: Box, page: QRectF) -> QRectF:
    return QRectF(
        page.left() + box.left * page.width(),
        page.top() + box.top * page.height(),
        (box.right - box.left) * page.width(),
        (box.bottom - box.top) * page.height(),
    )
