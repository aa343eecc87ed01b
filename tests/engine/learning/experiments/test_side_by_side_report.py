"""What choices say of a pair of versions: counted, tested, with an interval, or not enough to tell."""

import pytest

from engine.learning.experiments.side_by_side_report import CHOICES_FLOOR, side_by_side_reports, side_by_side_score
from engine.learning.records.comparisons import SideBySide
from engine.learning.statistics.sign_test import choices_to_tell
from engine.learning.statistics.wilson import wilson


def shown(number, choice=None, *, rival="left", tried="new", in_use=None):
    left, right = (tried, in_use) if rival == "left" else (in_use, tried)
    return SideBySide(
        id=f"{number}", thread_id="thread", left=f"l{number}", right=f"r{number}", left_adapter=left,
        right_adapter=right, rival=rival, serving_sha256="file", propensity=0.2, consent_version=1, created_ms=number,
        choice=choice, chosen_ms=None if choice is None else number,
    )  # fmt: skip


def series(wins, losses, **others):
    """Choices of a rival that stands left and right in turn."""
    rows = []
    for number, won in enumerate([True] * wins + [False] * losses):
        side, other = ("left", "right") if number % 2 else ("right", "left")
        rows.append(shown(number, side if won else other, rival=side, **others))
    return rows


def test_wins_are_the_rivals_on_whichever_side_it_stood():
    rows = [*series(7, 4), shown(20, "both"), shown(21, "neither"), shown(22, "neither"), shown(23)]
    [report] = side_by_side_reports(rows)
    assert (report.adapter, report.against) == ("new", None)
    assert (report.wins, report.losses, report.both, report.neither, report.shown) == (7, 4, 1, 2, 15)
    assert (report.low, report.high) == wilson(7 / 11, 11)


def test_without_a_choice_everything_is_possible():
    [report] = side_by_side_reports([shown(1), shown(2)])
    assert (report.p, report.low, report.high, report.verdict) == (1.0, 0.0, 1.0, "unclear")
    assert report.more == choices_to_tell(0.7)
    assert str(report.more) in report.words


@pytest.mark.parametrize(
    ("wins", "losses", "verdict"),
    [(12, 2, "better"), (2, 12, "worse"), (9, 0, "unclear"), (8, 6, "unclear"), (5, 5, "unclear"), (60, 60, "alike")],
)
def test_the_verdict(wins, losses, verdict):
    [report] = side_by_side_reports(series(wins, losses))
    assert report.verdict == verdict
    assert (report.more is not None) == (verdict == "unclear")
    assert report.more is None or report.more > 0
    assert "the plain model" in report.words


def test_the_floor_holds_whatever_the_test_says():
    [report] = side_by_side_reports(series(CHOICES_FLOOR - 1, 0))
    assert report.p < 0.05
    assert report.verdict == "unclear"


def test_a_pair_is_one_whichever_of_it_was_in_use():
    before = series(3, 1, tried="b", in_use="a")
    after = series(1, 4, tried="a", in_use="b")
    [report] = side_by_side_reports([*before, *after])
    assert (report.adapter, report.against) == ("a", "b")
    assert (report.wins, report.losses) == (1 + 1, 4 + 3)


def test_pairs_are_told_apart_and_two_drafts_of_one_version_are_none():
    rows = [*series(2, 0, tried="a"), *series(0, 3, tried="b"), shown(9, "left", rival=None, tried="a", in_use="a")]
    assert [(report.adapter, report.wins, report.losses) for report in side_by_side_reports(rows)] == [
        ("a", 2, 0),
        ("b", 0, 3),
    ]


def test_a_gates_report_quotes_the_shares_and_passes():
    [report] = side_by_side_reports(series(9, 3))
    score = side_by_side_score(report)
    assert (score.name, score.candidate, score.reference, score.passed) == ("side_by_side", 0.75, 0.25, True)
    assert score.low < score.difference == 0.5 < score.high
