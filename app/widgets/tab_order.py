"""Has the Tab key go through what a layout holds as the eye does, whenever it was made."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget


def tab_in_order(layout: QLayout) -> None:
    """Call it when widgets were added later than what stands below them."""
    for before, after in pairwise(_in_order(layout)):
        QWidget.setTabOrder(before, after)


def _in_order(layout: QLayout) -> Iterator[QWidget]:
    """What can be tabbed to, as it stands in `layout` and below it."""
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        if (inner := item.layout()) is not None:
            yield from _in_order(inner)
        if (widget := item.widget()) is not None:
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                yield widget
            if (own := widget.layout()) is not None:
                yield from _in_order(own)
