"""Whether questions have changed: the statistic by hand, its false alarms, its power, and what is said of a profile."""

import numpy as np
import pytest

from engine.learning.records.signals import Given
from engine.learning.statistics.topics import FEWEST, LEVEL, _between, _discrepancies, p_value
from tests.fakes.embedder import HashingEmbedder

EMBEDDER = HashingEmbedder()
ORDINARY = "when where what how many the of is my last next year week house".split()  # noqa: SIM905  a list of words
SUBJECTS = (
    "boiler pressure valve heating cellar kettle radiator pump",
    "lease notice deposit landlord keys tenant contract rent",
)


def about(subject, count, draw, each=1):
    """Conversations of so many questions, each of words of a subject and words of anything."""
    words = SUBJECTS[subject].split()
    conversations = []
    for _ in range(count):
        topic = draw.choice(words, 2, replace=False)  # what a conversation is about, all its questions share
        conversations.append([" ".join([*topic, *draw.choice(ORDINARY, 3)]) for _ in range(each)])
    return conversations


def vectors(conversations):
    return [EMBEDDER.questions(texts) for texts in conversations]


def unit(*rows):
    made = np.array(rows, np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_two_samples_that_could_not_be_farther_apart_leave_one_permutation_in_so_many():
    one, other = [unit([1, 0])] * 12, [unit([0, 1])] * 12
    assert p_value(one, other) == pytest.approx(1 / 1000, abs=1e-3)
    assert p_value(one, one) == 1.0


def test_it_is_the_discrepancy_by_hand():
    one, other = [unit([1, 0]), unit([3, 4])], [unit([0, 1]), unit([4, 3], [0, 1])]
    near = _between([*one, *other])
    cosines = [0.6, 0.0, 0.8, 0.0, 0.8, 0.96, 0.8, 0.6, 1.0, 0.6]
    width = np.median([2 - 2 * cosine for cosine in cosines])

    def kernel(cosine):
        return np.exp(-(2 - 2 * cosine) / width)

    assert near[0, 1] == pytest.approx(kernel(0.6))
    assert near[0, 3] == pytest.approx((kernel(0.8) + kernel(0.0)) / 2)
    assert near[2, 3] == pytest.approx((kernel(0.6) + kernel(1.0)) / 2)
    [found] = _discrepancies(near, np.array([[1.0, 1.0, 0.0, 0.0]]))
    across = (near[0, 2] + near[0, 3] + near[1, 2] + near[1, 3]) / 4
    assert found == pytest.approx(near[0, 1] + near[2, 3] - 2 * across)


def test_the_same_seed_gives_the_same_answer():
    draw = np.random.default_rng(1)
    sides = [vectors(about(0, 15, draw)), vectors(about(0, 15, draw))]
    assert p_value(*sides) == p_value(*sides)
    assert p_value(*sides) != p_value(*sides, seed=1)


@pytest.mark.parametrize("each", [1, 3])
def test_of_the_same_subject_it_alarms_as_seldom_as_it_says(each):
    draw = np.random.default_rng(2)
    chances = [p_value(vectors(about(0, 20, draw)), vectors(about(0, 12, draw, each))) for _ in range(200)]
    assert sum(chance <= LEVEL for chance in chances) <= 6
    assert sum(chance <= 0.5 for chance in chances) == pytest.approx(100, abs=30)


def test_another_subject_is_heard():
    draw = np.random.default_rng(3)
    chances = [p_value(vectors(about(0, 20, draw)), vectors(about(1, 12, draw))) for _ in range(20)]
    assert max(chances) <= LEVEL


@pytest.fixture
def trained(school):
    """An adapter in use, trained on corrections about a boiler."""
    draw = np.random.default_rng(4)
    for number, [question] in enumerate(about(0, 30, draw)):
        school.correct(number, question=question)
    school.learning.versions.promote(school.learning.train().adapter, force=True)
    return school


def ask(school, conversations, start=100):
    for thread, questions in enumerate(conversations, start):
        for number, question in enumerate(questions):
            turn = school.turn(f"{thread}-{number}", thread=f"late-{thread}", question=question)
            school.given.append(Given(turn.id, turn.thread_id, None, school.clock(), question))


def test_without_an_adapter_in_use_or_with_learning_off_nothing_is_asked(school, trained):
    school.learning.turn_off()
    assert school.learning.topics() is None
    school.learning.turn_on()
    school.learning.versions.roll_back()
    assert school.learning.topics() is None


def test_with_few_questions_it_says_that_they_are_few(trained):
    ask(trained, about(1, FEWEST - 1, np.random.default_rng(5)))
    found = trained.learning.topics()
    assert (found.verdict, found.chance, found.recent) == ("few", None, FEWEST - 1)
    assert f"{FEWEST} of each" in found.words


@pytest.mark.parametrize(("subject", "verdict"), [(0, "same"), (1, "changed")])
def test_it_says_whether_they_have_changed_and_changes_nothing(trained, subject, verdict):
    ask(trained, about(subject, 25, np.random.default_rng(6), each=2))
    active = trained.learning.status().active_adapter
    found = trained.learning.topics()
    assert (found.verdict, found.adapter, found.recent) == (verdict, active, 25)
    assert trained.learning.status().active_adapter == active
    assert ("Train again" in found.words) == (verdict == "changed")


def test_only_the_newest_since_it_is_in_use_count_and_where_learning_may_reach(trained):
    ask(trained, about(0, 30, np.random.default_rng(7)))
    ask(trained, about(1, 50, np.random.default_rng(8)), start=200)
    assert trained.learning.topics().recent == 50
    assert trained.learning.topics().verdict == "changed"
    for thread in range(200, 250):
        trained.learning.set_learns_from(f"late-{thread}", False)
    assert (trained.learning.topics().recent, trained.learning.topics().verdict) == (30, "same")
    trained.off_limits |= {f"turn-{thread}-0" for thread in range(100, 120)}
    assert trained.learning.topics().recent == 10
    trained.given = [one._replace(at_ms=0) for one in trained.given]
    assert trained.learning.topics().recent == 0


def test_nothing_is_embedded_twice_and_what_is_gone_is_let_go(trained):
    ask(trained, about(0, 20, np.random.default_rng(9)))
    watch = trained.learning._topics
    embedded = []
    plain = watch._embed
    watch._embed = lambda texts: embedded.extend(texts) or plain(texts)
    trained.learning.topics()
    first = len(embedded)
    assert first == len(set(embedded)) > 0
    trained.learning.topics()
    assert len(embedded) == first
    gone = trained.given[:5]
    trained.given = trained.given[5:]
    trained.learning.topics()
    assert not {one.question for one in gone} & watch._vectors.keys()
