"""What other retrieval settings would have done, from answers whose setting was drawn at random.

An answer counts for every setting that would have shown the same passages, weighted by one over how likely those were:
off-policy evaluation by what was done, not by who did it (Li, Chu, Langford & Wang, WSDM 2011). Two settings are
compared on the questions where they show other passages, for elsewhere they do not differ.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import asdict

from engine.learning.experiments.trial_report import EFFECTIVE_FLOOR, MORE_LIMIT, RATED_FLOOR, told
from engine.learning.policies import POLICIES, SHIPPED, Policy, chances
from engine.learning.records.feedback import Viewed
from engine.learning.statistics.snips import Logged, Value, compare, value
from engine.learning.values import Comparison, TrialVerdict
from engine.words import say

PolicyVerdict = Literal["shipped", "never_drawn", TrialVerdict]

SURE: Final = 3.0
"""Standard errors by which a setting must differ before that is said: three are compared, and looked at time and again.

Of 300 simulated logs in which all settings are alike, looked at after every third of 300 ratings, none ever calls one
better, and 1 in 75 one worse; at 1.96 it would be one in ten, and one in seven. With others tried on 30 % of the
questions, a setting liked 80 % for 50 % is called better in 20 of 100 logs of 200 ratings, in 80 of 400 and 99 of 800;
one liked 65 % in 10 of 400 and 32 of 800: small gains stay untold."""


class PolicyReport(Struct, frozen=True, kw_only=True):
    """What is known of a retrieval setting. `drawn` are the rated answers it gave, `rated` those too that show what it
    would have shown. `liked` is the share liked had it chosen the passages of every answer, with a 95 % interval;
    `effective` the number of equally weighted ratings that tell as much: None while there is too little to tell.

    `comparison` is with the shipped setting where the two show other passages. `more` is about how many more ratings
    would tell. `reasons` say all this in words.
    """

    policy: str
    drawn: int
    rated: int
    verdict: PolicyVerdict
    reasons: list[str]
    liked: float | None = None
    low: float | None = None
    high: float | None = None
    effective: float | None = None
    comparison: Comparison | None = None
    more: int | None = None


class RetrievalReport(Struct, frozen=True, kw_only=True):
    """What other retrieval settings would have done: they are tried on `share` of the questions by now; `rated` answers
    on documents were given while some were. `standing` says so in words."""

    share: float
    rated: int
    standing: str
    policies: list[PolicyReport]

    def words(self) -> list[tuple[list[str], list[str]]]:
        """Settings by name, and what is said of them: those of which the same is said stand together, with the ratings
        that would tell of all of them."""
        alike: dict[tuple[str, ...], list[PolicyReport]] = {}
        for one in self.policies:
            alike.setdefault(tuple(one.reasons if one.more is None else one.reasons[:-1]), []).append(one)
        found = []
        for said, those in alike.items():
            more = max(one.more or 0 for one in those)
            asked = [say("learning.policy_more", more=more)] if more else []
            found.append(([one.policy for one in those], [*said, *asked]))
        return found


def retrieval_report(log: Sequence[Viewed], share: float) -> RetrievalReport:
    """Of all answers that were judged while settings were tried; `share` of the questions try one now."""
    return RetrievalReport(
        share=share,
        rated=len(log),
        standing=say("learning.retrieval_on" if share else "learning.retrieval_off", share=share, rated=len(log)),
        policies=[_policy(policy, log, share) for policy in POLICIES] if log or share else [],
    )


def _policy(policy: Policy, log: Sequence[Viewed], share: float) -> PolicyReport:
    own = [one for one in log if policy.name in one.looked.same]
    drawn = sum(one.looked.policy == policy.name for one in log)
    found = value([one.liked for one in own], [one.looked.propensity for one in own]) if own else None
    if found is None or drawn < RATED_FLOOR or found.effective < EFFECTIVE_FLOOR:
        more = _missing(policy, drawn, found, len(log), share) if share else None
        return PolicyReport(
            policy=policy.name,
            drawn=drawn,
            rated=len(own),
            verdict="few" if drawn else "never_drawn",
            reasons=_told("few" if drawn else "never_drawn", more, drawn=drawn),
            more=more,
        )
    liked = say("learning.policy_liked", drawn=drawn, rated=len(own), **found._asdict())
    comparison, verdict, more = _compared(policy, log)
    words = {} if comparison is None else asdict(comparison)
    return PolicyReport(
        policy=policy.name,
        drawn=drawn,
        rated=len(own),
        verdict=verdict,
        reasons=[liked, *_told(f"other_{verdict}", more, **words)],
        liked=found.share,
        low=found.low,
        high=found.high,
        effective=found.effective,
        comparison=comparison,
        more=more,
    )


def _told(name: str, more: int | None, **fields: object) -> list[str]:
    words = say(f"learning.policy_{name}", **fields)
    return [words] if more is None else [words, say("learning.policy_more", more=more)]


def _missing(policy: Policy, drawn: int, found: Value | None, rated: int, share: float) -> int:
    """About how many ratings are missing to the floors, at the share of now."""
    lacks = (RATED_FLOOR - drawn) / chances(share)[policy.name]
    scarce = 0.0 if found is None else rated * (EFFECTIVE_FLOOR / found.effective - 1)
    return max(1, math.ceil(round(max(lacks, scarce), 6)))


def _compared(policy: Policy, log: Sequence[Viewed]) -> tuple[Comparison | None, PolicyVerdict, int | None]:
    """With the shipped setting, on the questions where they show other passages; and the ratings that would tell."""
    if policy is SHIPPED:
        return None, "shipped", None
    apart = [
        Logged(policy.name in one.looked.same, one.looked.propensity, one.liked)
        for one in log
        if (policy.name in one.looked.same) != (SHIPPED.name in one.looked.same)
    ]
    found = compare(apart, SURE)
    if found is None:
        return None, "few", None
    tried = sum(one.tried for one in apart)
    short = max(RATED_FLOOR / tried, RATED_FLOOR / (len(apart) - tried), EFFECTIVE_FLOOR / found.effective)
    if short > 1:
        return None, "few", math.ceil(len(log) * (short - 1))
    verdict, more = told(found, len(apart))
    if more is None:
        return found, verdict, None
    more = math.ceil(more * len(log) / len(apart))  # they show other passages on some of the questions only
    return (found, "alike", None) if more > MORE_LIMIT else (found, verdict, more)
