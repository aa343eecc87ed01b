"""What indexing would do, in words."""

from collections.abc import Iterator

from PySide6.QtCore import QLocale

from engine.library.values import IndexPlan
from engine.words import say

_REASONS_SHOWN = 5
_KINDS_SHOWN = 8


def found_words(plan: IndexPlan) -> str:
    """What would be read, what need not be, and what is left aside and why, a line each."""
    return "\n".join(_lines(plan))


def cost_words(plan: IndexPlan) -> str:
    key = "cost" if plan.seconds_measured else "cost_guess"
    return say(f"index_sheet.{key}", time=_duration(plan.seconds_estimated), size=_size(plan.bytes_estimated))


def _lines(plan: IndexPlan) -> Iterator[str]:
    if plan.reading:
        files = sum(kind.files for kind in plan.reading)
        yield say("index_sheet.to_read", files=files, size=_size(plan.bytes))
        kinds = sorted(plan.reading, key=lambda kind: -kind.files)
        named = [say("index_sheet.kind", name=_name(kind.suffix), files=kind.files) for kind in kinds[:_KINDS_SHOWN]]
        yield "    " + " · ".join(named) + (" …" if len(kinds) > _KINDS_SHOWN else "")
    else:
        yield say("index_sheet.nothing")
    if plan.unchanged:
        yield say("index_sheet.unchanged", count=plan.unchanged)
    if plan.skipped:
        yield say("index_sheet.skipped", count=sum(plan.skipped.values()))
        first = list(plan.skipped.items())[:_REASONS_SHOWN]
        for reason, count in first:
            yield "    " + say("index_sheet.skipped_line", count=count, reason=say(f"library.{reason}"))
        if rest := sum(plan.skipped.values()) - sum(count for _, count in first):
            yield "    " + say("index_sheet.skipped_rest", count=rest)


def _name(suffix: str) -> str:
    return suffix.removeprefix(".").upper() or say("index_sheet.no_suffix")


def _size(count: int) -> str:
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def _duration(seconds: float) -> str:
    """Never more exact than it can be known."""
    if seconds < 55:
        return say("index_sheet.seconds", count=max(5, round(seconds / 5) * 5))
    if seconds < 90 * 60:
        return say("index_sheet.minutes", count=max(1, round(seconds / 60)))
    return say("index_sheet.hours", count=round(seconds / 3600))
