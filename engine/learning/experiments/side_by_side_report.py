"""What blind choices say of two versions: wins, losses and ties, and whether that is enough to tell."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import asdict, replace

from engine.learning.picks import SideBySideReport, SideBySideVerdict
from engine.learning.records.comparisons import SideBySide
from engine.learning.statistics.sign_test import choices_to_tell, sign_test
from engine.learning.statistics.wilson import wilson
from engine.learning.values import Score
from engine.words import say

CHOICES_FLOOR = 10
"""Fewer choices tell nothing. The test is made for one look: of two even versions looked at after every choice from the
tenth on, 16 of 100 series of 50 choices, and 20 of 100 series of 100, seem to differ at some time (simulated)."""

MATTERS = 0.7
"""The share of wins from which a difference is worth finding: what is asked for while nothing is known."""

MORE_LIMIT = 1000
"""More choices than nobody makes: a difference that needs them is none that matters."""


def side_by_side_reports(rows: Sequence[SideBySide]) -> list[SideBySideReport]:
    """One for each pair of versions of `rows` (oldest first): of the rival of the newest row, beside the other."""
    pairs: dict[frozenset[str | None], list[SideBySide]] = {}
    for row in rows:
        if row.rival is not None:
            pairs.setdefault(frozenset((row.left_adapter, row.right_adapter)), []).append(row)
    return [_report(pair) for pair in pairs.values()]


def side_by_side_score(report: SideBySideReport) -> Score:
    """The shares of wins of the two, as a gate's report quotes them: it decides nothing."""
    share = report.wins / (report.wins + report.losses)
    return Score(
        name="side_by_side",
        candidate=share,
        reference=1 - share,
        difference=2 * share - 1,
        low=2 * report.low - 1,
        high=2 * report.high - 1,
    )


def _report(rows: Sequence[SideBySide]) -> SideBySideReport:
    newest = rows[-1]
    names = newest.left_adapter, newest.right_adapter
    adapter, against = names if newest.rival == "left" else names[::-1]
    assert adapter is not None
    count = Counter(_outcome(row, adapter) for row in rows)
    wins, losses = count["win"], count["loss"]
    choices = wins + losses
    low, high = wilson(wins / choices, choices) if choices else (0.0, 1.0)
    verdict, more = _verdict(wins, losses, (low, high))
    report = SideBySideReport(
        adapter=adapter,
        against=against,
        shown=len(rows),
        wins=wins,
        losses=losses,
        both=count["both"],
        neither=count["neither"],
        p=sign_test(wins, losses),
        low=low,
        high=high,
        verdict=verdict,
        words="",
        more=more,
    )
    return _told(report)


def _outcome(row: SideBySide, adapter: str) -> str | None:
    if row.choice not in {"left", "right"}:
        return row.choice
    chosen = row.left_adapter if row.choice == "left" else row.right_adapter
    return "win" if chosen == adapter else "loss"


def _verdict(wins: int, losses: int, interval: tuple[float, float]) -> tuple[SideBySideVerdict, int | None]:
    choices = wins + losses
    worth = choices_to_tell(MATTERS)
    assert worth is not None
    if choices < CHOICES_FLOOR:
        return "unclear", worth - choices
    if sign_test(wins, losses) < 0.05:
        return ("better" if wins > losses else "worse"), None
    needed = choices_to_tell(wins / choices)
    if needed is not None and needed - choices <= MORE_LIMIT:
        return "unclear", max(1, needed - choices)
    low, high = interval
    if low > 1 - MATTERS and high < MATTERS:
        return "alike", None
    return "unclear", max(1, worth - choices)


def _told(report: SideBySideReport) -> SideBySideReport:
    fields = asdict(report) | {
        "against": say("learning.side_by_side_base") if report.against is None else report.against[:8],
        "choices": report.wins + report.losses,
    }
    return replace(report, words=say(f"learning.side_by_side_{report.verdict}", **fields))
