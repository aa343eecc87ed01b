"""Errors as a person reads them. Whatever happens, the window shows words, never a traceback, and does not close."""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from app.tasks import unexpected
from engine.errors import HearthsideError
from engine.words import Explanation, explain


def explained(error: HearthsideError) -> Explanation:
    """The words for `error`; those of an unexpected one when it has none that fit (a defect, which tests find)."""
    try:
        return explain(error)
    except (KeyError, IndexError):
        return explain(unexpected(error))


def catch_all(present: Callable[[HearthsideError], None]) -> None:
    """Have every exception nobody caught, on any thread, shown by `present`. HEARTHSIDE_TRACEBACK=1 also prints it."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if os.environ.get("HEARTHSIDE_TRACEBACK"):
            traceback.print_exception(kind, error, trace)
        present(error if isinstance(error, HearthsideError) else unexpected(error))

    sys.excepthook = hook
    threading.excepthook = lambda caught: hook(
        caught.exc_type, caught.exc_value or caught.exc_type(), caught.exc_traceback
    )
