"""What other retrieval settings would have done: by hand, and on simulated logs of which the truth is known."""

import math
import random
from typing import NamedTuple

import pytest

from engine.learning.experiments.retrieval_report import retrieval_report
from engine.learning.experiments.trial_report import EFFECTIVE_FLOOR, RATED_FLOOR
from engine.learning.policies import POLICIES, chances, draw, looked
from engine.learning.records.feedback import Viewed
from engine.learning.statistics.snips import Logged, compare, value
from engine.words import say

NAMES = [policy.name for policy in POLICIES]
APART = {name: [name] for name in NAMES}
"""A question for which every setting shows something else."""


def views(policy, liked, of, *, share=0.3, shown=APART):
    drawn = draw(share, "turn")
    look = looked(type(drawn)(policy, drawn.chances), shown)
    return [Viewed(number < liked, look) for number in range(of)]


def reports(*parts, share=0.3):
    found = retrieval_report([one for part in parts for one in part], share)
    return {one.policy: one for one in found.policies}


def test_where_nothing_is_tried_and_nothing_was_there_is_nothing_to_report():
    found = retrieval_report([], 0.0)
    assert (found.policies, found.rated) == ([], 0)
    assert found.standing == say("learning.retrieval_off", rated=0)


def test_passages_that_others_would_have_shown_too_are_as_likely_as_all_of_them_together():
    drawn = draw(0.3, "turn")
    drawn = type(drawn)("words", drawn.chances)
    shown = {"shipped": ["a", "b"], "words": ["b", "a"], "meaning": ["b", "a"], "fewer": ["a"]}
    found = looked(drawn, shown)
    assert (found.policy, found.same) == ("words", ["words", "meaning"])
    assert found.propensity == pytest.approx(0.2)
    assert looked(drawn, {name: ["a"] for name in shown}).propensity == pytest.approx(1.0)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_over_many_turns_each_setting_is_drawn_as_often_as_is_logged(share):
    drawn = [draw(share, f"turn-{number}") for number in range(6000)]
    for name, chance in chances(share).items():
        assert sum(one.policy == name for one in drawn) / len(drawn) == pytest.approx(chance, abs=0.025)
    assert draw(share, "turn-1") == draw(share, "turn-1")
    assert len({tuple(draw(share, f"{turn}", seed).policy for turn in range(50)) for seed in ("a", "b")}) == 2


def test_a_setting_never_drawn_is_refused_however_much_others_overlap_with_it():
    same = {"shipped": ["a"], "words": ["a"], "meaning": ["b"], "fewer": ["c"]}
    found = reports(views("shipped", 40, 50, shown=same))["words"]
    assert (found.verdict, found.rated, found.drawn, found.liked) == ("never_drawn", 50, 0, None)
    assert found.reasons[0] == say("learning.policy_never_drawn")
    assert found.more == 100  # ten of a tenth
    over = reports(views("shipped", 40, 50, shown=same), share=0.0)["words"]
    assert (over.verdict, over.more, over.reasons) == ("never_drawn", None, [say("learning.policy_never_drawn")])


def test_what_is_so_of_several_settings_is_said_once_with_the_ratings_that_tell_of_all():
    found = retrieval_report([], 0.3)
    assert {one.more for one in found.policies} == {math.ceil(RATED_FLOOR / 0.7), 100}
    assert found.words() == [
        (NAMES, [say("learning.policy_never_drawn"), say("learning.policy_more", more=100)]),
    ]
    begun = retrieval_report(views("shipped", 0, 100), 0.3)
    [(first, said), (others, words)] = begun.words()
    assert (first, others) == (NAMES[:1], NAMES[1:])
    assert said == begun.policies[0].reasons
    assert words == begun.policies[-1].reasons


def test_below_the_floor_there_is_no_number_but_how_many_ratings_are_missing():
    few = reports(views("words", 9, RATED_FLOOR - 1), views("shipped", 0, 100))["words"]
    assert (few.verdict, few.liked, few.low, few.comparison) == ("few", None, None, None)
    assert few.more == math.ceil(109 * (EFFECTIVE_FLOOR / 9 - 1))
    assert f"About {few.more} more ratings." in few.reasons
    assert "%" not in " ".join(few.reasons)
    assert reports(views("words", 20, 19), views("shipped", 0, 100))["words"].verdict == "few"
    assert reports(views("words", 20, 20), views("shipped", 0, 100))["words"].verdict != "few"


def test_an_answer_counts_for_every_setting_that_would_have_shown_its_passages():
    overlap = {"shipped": ["a"], "words": ["a"], "meaning": ["b"], "fewer": ["c"]}
    parts = views("shipped", 30, 40, shown=overlap), views("words", 8, 10, shown=overlap), views("words", 6, 12)
    found = reports(*parts)["words"]
    expected = value(
        [number < 30 for number in range(40)] + [number < 8 for number in range(10)] + [n < 6 for n in range(12)],
        [0.8] * 50 + [0.1] * 12,
    )
    assert (found.liked, found.low, found.high, found.effective) == pytest.approx(expected)
    assert (found.drawn, found.rated) == (22, 62)


def test_two_settings_are_compared_where_they_show_other_passages_alone():
    overlap = {"shipped": ["a"], "words": ["a"], "meaning": ["b"], "fewer": ["c"]}
    apart = views("words", 28, 30), views("shipped", 40, 100)
    found = reports(*apart, views("shipped", 0, 500, shown=overlap), views("words", 5, 5, shown=overlap))["words"]
    log = [Logged(True, 0.1, n < 28) for n in range(30)] + [Logged(False, 0.7, n < 40) for n in range(100)]
    assert found.comparison == compare(log, 3.0)
    assert found.verdict == "better"
    assert "does better" in found.reasons[1]
    alone = reports(views("shipped", 30, 60, shown=overlap), views("words", 15, 30, shown=overlap))["words"]
    assert (alone.verdict, alone.comparison, alone.more) == ("few", None, None)


@pytest.mark.parametrize(("liked", "verdict"), [(39, "better"), (4, "worse"), (26, "unclear"), (20, "alike")])
def test_every_verdict_has_its_sentence(liked, verdict):
    found = reports(views("fewer", liked, 40), views("shipped", 50, 100))["fewer"]
    assert found.verdict == verdict
    assert len(found.reasons) == (3 if verdict == "unclear" else 2)
    assert (found.more is not None) == (verdict == "unclear")


class Kind(NamedTuple):
    """A kind of question: how many are of it, what each setting shows, how its passages are liked, how often others
    are tried when it is asked."""

    part: float
    shown: dict[str, list[str]]
    liked: dict[str, float]
    share: float


SAME = {"shipped": ["a"], "words": ["a"], "meaning": ["b"], "fewer": ["a"]}
WORLDS = {
    "tried more where all is liked less": (
        Kind(0.5, APART, {"shipped": 0.9, "words": 0.8, "meaning": 0.9, "fewer": 0.85}, 0.15),
        Kind(0.5, APART, {"shipped": 0.3, "words": 0.4, "meaning": 0.3, "fewer": 0.25}, 0.5),
    ),
    "mostly the same passages": (
        Kind(0.5, SAME, {"a": 0.9, "b": 0.6}, 0.15),
        Kind(0.2, APART, {"shipped": 0.2, "words": 0.7, "meaning": 0.5, "fewer": 0.1}, 0.5),
        Kind(0.3, APART, {"shipped": 0.4, "words": 0.4, "meaning": 0.4, "fewer": 0.4}, 0.5),
    ),
}  # fmt: skip


def liking(kind, name):
    return kind.liked[kind.shown[name][0]]


def simulated(world, ratings, seed):
    at = random.Random(seed)
    log = []
    for turn, kind in enumerate(at.choices(world, [kind.part for kind in world], k=ratings)):
        drawn = draw(kind.share, f"{seed}-{turn}")
        log.append(Viewed(at.random() < liking(kind, drawn.policy), looked(drawn, kind.shown)))
    return log


def plain(log, name):
    own = [one.liked for one in log if one.looked.policy == name]
    return sum(own) / len(own)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_weighted_share_is_right_where_the_plain_one_is_not(world):
    logs = [simulated(world, 400, seed) for seed in range(300)]
    told = [{one.policy: one for one in retrieval_report(log, 0.3).policies} for log in logs]
    for name in NAMES:
        truth = sum(kind.part * liking(kind, name) for kind in world)
        found = [one[name] for one in told if one[name].liked is not None]
        assert len(found) > 290
        assert sum(one.liked for one in found) / len(found) == pytest.approx(truth, abs=0.015)
        covered = sum(one.low <= truth <= one.high for one in found) / len(found)
        assert 0.92 <= covered <= 0.985  # nominal .95; two standard errors of 300 logs are .025
    biased = [plain(log, "fewer") for log in logs]
    assert abs(sum(biased) / len(biased) - sum(kind.part * liking(kind, "fewer") for kind in world)) > 0.1


def test_of_settings_that_are_alike_none_is_recommended():
    world = [
        Kind(0.5, APART, dict.fromkeys(NAMES, 0.85), 0.3),
        Kind(0.5, APART, dict.fromkeys(NAMES, 0.4), 0.3),
    ]  # fmt: skip
    verdicts = [
        one.verdict for seed in range(200) for one in retrieval_report(simulated(world, 250, seed), 0.3).policies
    ]
    assert sum(one in {"better", "worse"} for one in verdicts) <= 4
