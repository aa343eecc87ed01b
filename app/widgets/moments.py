"""Times as this computer's owner writes them, the month by its name: no day can be taken for a month."""

import re

from PySide6.QtCore import QDateTime, QLocale

_WEEKDAY = re.compile(r"\W*dddd\W*")


def day(milliseconds: int) -> str:
    """Say, "9 March 2026"."""
    locale = QLocale()
    form = _WEEKDAY.sub("", locale.dateFormat(QLocale.FormatType.LongFormat))
    return locale.toString(QDateTime.fromMSecsSinceEpoch(milliseconds).date(), form)


def moment(milliseconds: int) -> str:
    """Say, "9 March 2026, 14:05"."""
    locale = QLocale()
    time = QDateTime.fromMSecsSinceEpoch(milliseconds).time()
    return f"{day(milliseconds)}, {locale.toString(time, QLocale.FormatType.ShortFormat)}"
