"""The owner's examples in bins: grouped where the split is clear, named, moved, trained for, routed to, forgotten."""

import numpy as np
import pytest

from engine.errors import InputRefused, Interrupted
from engine.learning.statistics.clusters import clustered
from engine.learning.values import AdapterState
from engine.models.values import Message
from engine.words import say
from tests.engine.learning.school import Route
from tests.engine.learning.test_adapters import made_better

KITCHEN = "Which recipe with tomato basil garlic pasta oven number {}?"
CODE = "Why does python function raise exception traceback compiler case {}?"


def teach(school, question, numbers, **turn):
    return [school.correct(number, question=question.format(number), **turn) for number in numbers]


@pytest.fixture
def two(school):
    """Two subjects, named by the owner as kitchen and code."""
    teach(school, KITCHEN, range(20))
    teach(school, CODE, range(20, 40))
    for domain in school.learning.domains.all():
        school.learning.domains.rename(domain.id, "kitchen" if "basil" in domain.name else "code")
    return {domain.name: domain.id for domain in school.learning.domains.all()}


def of(school, name):
    return next(domain for domain in school.learning.domains.all() if domain.name == name)


def train(school, domain):
    """An adapter for a bin, or (None) for all, that nothing speaks against."""
    return made_better(school, school.learning.train(domain=domain).adapter)


# Grouping


def test_unlike_subjects_fall_into_bins_with_telling_names(school):
    teach(school, KITCHEN, range(9))
    teach(school, CODE, range(10, 18))
    kitchen, code = school.learning.domains.all()
    assert (kitchen.examples, code.examples) == (9, 8)
    assert (kitchen.name, code.name) == ("basil, garlic, oven", "compiler, exception, raise")
    assert not kitchen.named
    assert (kitchen.corrections, kitchen.adapter) == (9, None)


def test_one_subject_stays_one_bin(school):
    teach(school, KITCHEN, range(30))
    [everything] = school.learning.domains.all()
    assert everything.examples == 30


def test_grouping_is_the_same_each_time():
    vectors = np.random.default_rng(3).standard_normal((40, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.array_equal(clustered(vectors), clustered(vectors))


def test_no_examples_make_no_bins(school):
    assert school.learning.domains.all() == []
    assert school.learning.domains.nearest("Anything?") is None


def test_a_new_example_joins_the_nearest_bin(school, two):
    [new] = teach(school, CODE, [50])
    school.learning.domains.all()
    assert school.learning.domains.places()[new.id] == two["code"]


def test_grouping_anew_keeps_the_owners_names_and_ids(school, two):
    teach(school, KITCHEN, range(50, 90))
    assert {domain.name: domain.id for domain in school.learning.domains.all()} == two
    assert of(school, "kitchen").examples == 60


def test_a_third_subject_gets_a_bin_of_its_own(school, two):
    teach(school, "Where grows rose tulip hedge soil garden spade {}?", range(50, 90))
    named = {domain.name for domain in school.learning.domains.all()}
    assert len(named) == 3
    assert set(two) < named


def test_grouping_anew_never_moves_what_the_owner_placed(school, two):
    moved = school.learning.review()[0]
    school.learning.domains.move(moved.id, "code")
    teach(school, KITCHEN, range(50, 90))
    school.learning.domains.all()
    assert school.learning.domains.places()[moved.id] == two["code"]


def test_what_stands_beside_a_question_does_not_count(school):
    prompt = [Message("user", "The owner prefers:\n- tomato basil garlic pasta oven recipe\n\n" + CODE.format(1))]
    teach(school, KITCHEN, range(8))
    teach(school, CODE, range(10, 18))
    beside = school.correct(30, prompt=prompt)
    school.learning.domains.all()
    places = school.learning.domains.places()
    code = next(one for one in school.learning.review() if "python" in one.prompt[-1].content)
    assert places[beside.id] == places[code.id]


# The owner's word


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "domain_unnamed"), (" \n", "domain_unnamed"), ("x" * 61, "domain_long"), ("Code", "domain_taken")],
)
def test_names_that_are_refused(school, two, name, code):
    with pytest.raises(InputRefused) as refused:
        school.learning.domains.rename(two["kitchen"], name)
    assert refused.value.code == code
    assert of(school, "kitchen").id == two["kitchen"]


def test_a_bin_may_be_found_by_name_or_id(school, two):
    assert school.learning.domains.find(" Kitchen ").id == school.learning.domains.find(two["kitchen"]).id
    with pytest.raises(InputRefused, match="domain_absent"):
        school.learning.domains.find("garage")


def test_an_example_may_be_moved_into_a_new_bin(school, two):
    example = school.learning.review()[0]
    assert school.learning.domains.move(example.id, "garden").examples == 1
    assert (of(school, "garden").named, of(school, "kitchen").examples) == (True, 19)


def test_a_bin_goes_when_its_last_example_is_moved_out(school, two):
    example = school.learning.review()[0]
    school.learning.domains.move(example.id, "garden")
    school.learning.domains.move(example.id, "kitchen")
    assert {domain.name for domain in school.learning.domains.all()} == set(two)


def test_an_example_that_is_not_there_cannot_be_moved(school, two):
    with pytest.raises(InputRefused, match="example_absent"):
        school.learning.domains.move("nobody", "code")


def test_what_is_left_out_does_not_count_and_comes_back_to_its_place(school, two):
    example = school.learning.review()[0]
    school.learning.domains.move(example.id, "code")
    school.learning.leave_out(example.id)
    assert (of(school, "code").examples, of(school, "kitchen").examples) == (20, 19)
    school.learning.take_back(example.id)
    assert of(school, "code").examples == 21


def test_nothing_moves_while_learning_is_off(school, two):
    school.learning.turn_off()
    assert {domain.name: domain.id for domain in school.learning.domains.all()} == two
    school.learning.turn_on()
    assert of(school, "kitchen").examples == 20


# Forgetting


def test_a_forgotten_example_leaves_its_bin_and_the_last_takes_it_along(school, two):
    places = school.learning.domains.places()
    first, *rest = [one for one, place in places.items() if place == two["code"]]
    school.forget(feedback_id=first)
    assert of(school, "code").examples == 19
    for one in rest:
        school.forget(feedback_id=one)
    assert [domain.name for domain in school.learning.domains.all()] == ["kitchen"]
    assert not set(school.learning.domains.places()) & {first, *rest}


def test_a_name_made_from_forgotten_questions_is_gone_at_once(school):
    secret = [school.correct(number, question="Who is Zebediah?") for number in range(2)]
    assert "zebediah" in school.learning.domains.all()[0].name
    school.correct(5, question="Where is the lighthouse?")
    school.learning.domains.all()
    for row in secret:
        school.forget(feedback_id=row.id)
    [(name,)] = school.database.read("SELECT name FROM domains")
    assert "zebediah" not in name


def test_what_has_expired_leaves_its_bin(school, two):
    school.retention = type(school.retention)(items=20)
    school.learning.capture.expire()
    assert [domain.name for domain in school.learning.domains.all()] == ["code"]


def test_the_bins_are_written_out_for_their_owner(school, two):
    kitchen, code = sorted(school.learning.domains.written(), key=lambda domain: domain["name"] == "code")
    assert (kitchen["name"], kitchen["named"], len(kitchen["questions"])) == ("kitchen", True, 20)
    assert CODE.format(20) in code["questions"]


# Training and use


def test_a_version_for_one_bin_holds_its_examples_alone(school, two):
    adapter = train(school, two["code"])
    [version] = school.learning.report().datasets
    members = {one for one, place in school.learning.domains.places().items() if place == two["code"]}
    assert version.domain == two["code"]
    assert {*version.train, *version.held_out} == members
    assert next(one for one in school.learning.versions.all() if one.id == adapter).domain_id == two["code"]


def test_a_version_for_all_says_so_and_is_hashed_as_ever(school, two):
    school.learning.train()
    [version] = school.learning.report().datasets
    [(manifest,)] = school.database.read("SELECT manifest FROM datasets")
    assert version.domain is None
    assert "domain" not in manifest


def test_the_bins_own_adapter_answers_there_and_the_one_for_all_elsewhere(school, two):
    everything, own = train(school, None), train(school, two["code"])
    for adapter in (everything, own):
        school.learning.versions.promote(adapter, force=True)
    asked = [school.learning.answering(None, question.format(77)) for question in (CODE, KITCHEN, "Zzz qqq?")]
    assert [answering.adapter.adapter_id for answering in asked] == [own, everything, everything]
    assert [answering.own for answering in asked] == [True, False, False]
    assert asked[0].domain.name == "code"
    assert asked[2].domain is None
    assert {one.id for one in school.learning.versions.all() if one.state is AdapterState.ACTIVE} == {everything, own}
    assert of(school, "code").adapter == own


def test_what_answers_is_said_truly_where_only_a_group_has_a_version(school, two):
    def told():
        status = school.learning.status()
        return status.active_adapter, status.domain_adapters, status.answers

    assert told() == (None, {}, say("learning.answers_base"))
    own = train(school, two["code"])
    school.learning.versions.promote(own, force=True)
    said = say("learning.answers_groups_base", groups="“code”", count=1)
    assert told() == (None, {two["code"]: own}, said)
    everything = train(school, None)
    school.learning.versions.promote(everything, force=True)
    both = say("learning.answers_groups_adapter", groups="“code”", count=1)
    assert told() == (everything, {two["code"]: own}, both)
    school.learning.turn_off()
    assert told() == (None, {}, say("learning.answers_base"))
    assert of(school, "code").adapter is None, "nothing learned answers while learning is off"


def test_nothing_is_routed_while_learning_is_off(school, two):
    school.learning.versions.promote(train(school, two["code"]), force=True)
    school.learning.turn_off()
    answering = school.learning.answering(None, CODE.format(1))
    assert (answering.adapter, answering.domain) == (None, None)


def test_each_domain_is_rolled_back_by_itself(school, two):
    everything, own = train(school, None), train(school, two["code"])
    for adapter in (everything, own):
        school.learning.versions.promote(adapter, force=True)
    assert school.learning.versions.roll_back(two["code"]).id == everything
    assert school.learning.versions.active(two["code"]).adapter_id == everything
    assert school.learning.versions.roll_back() is None
    assert school.learning.versions.active(two["code"]) is None


def test_an_adapter_whose_bin_is_gone_is_out_of_use_and_cannot_be_used(school, two):
    own = train(school, two["code"])
    school.learning.versions.promote(own, force=True)
    with school.database.write() as connection:
        connection.execute("DELETE FROM domain_examples WHERE domain_id = ?", (two["code"],))
    [adapter] = school.learning.versions.all()
    assert adapter.state is AdapterState.RETIRED
    with pytest.raises(InputRefused, match="domain_gone"):
        school.learning.versions.promote(own, force=True)


def test_forgetting_destroys_the_adapters_of_the_bin_and_no_others(school, two):
    own, other = train(school, two["code"]), train(school, two["kitchen"])
    forgotten = next(one for one, place in school.learning.domains.places().items() if place == two["code"])
    assert school.forget(feedback_id=forgotten).adapters_destroyed == [own]
    assert [adapter.id for adapter in school.learning.versions.all()] == [other]


def test_a_run_cut_short_goes_on_for_the_bin_it_was_for(school, two):
    school.trainer.stop_after_checkpoint = True
    with pytest.raises(Interrupted):
        school.learning.train(domain=two["code"])
    assert school.learning.status().resumable_domain == two["code"]
    school.trainer.stop_after_checkpoint = False
    train(school, two["code"])
    assert school.trainer.resumed_from == [None, b"half way"]


def test_a_run_for_all_does_not_go_on_with_one_for_a_bin(school, two):
    school.trainer.stop_after_checkpoint = True
    with pytest.raises(Interrupted):
        school.learning.train(domain=two["code"])
    school.trainer.stop_after_checkpoint = False
    train(school, None)
    assert len(school.trainer.calls[-1]) > len(school.trainer.calls[0])


def test_a_domain_that_is_not_there_cannot_be_trained_for(school, two):
    with pytest.raises(InputRefused, match="domain_absent"):
        school.learning.train(domain="garage")


# Two drafts


def sides(school, question, domain_id):
    pair = school.learning.comparing.wanted(f"turn {question}", domain_id)
    adapters = {None if one is None else one.adapter_id for one in (pair.left, pair.right)}
    return adapters, pair.rival is not None


def test_two_drafts_are_by_the_version_of_the_questions_group(school, two):
    everything, own = train(school, None), train(school, two["code"])
    for adapter in (everything, own):
        school.learning.versions.promote(adapter, force=True)
    assert sides(school, CODE, two["code"]) == ({own}, False)
    assert sides(school, KITCHEN, two["kitchen"]) == ({everything}, False)
    assert sides(school, "Zzz?", None) == ({everything}, False)
    rival = train(school, two["code"])
    school.learning.comparing.begin(rival)
    assert sides(school, CODE, two["code"]) == ({own, rival}, True)
    assert sides(school, KITCHEN, two["kitchen"]) == ({everything}, False), "it would not answer there"
    for_all = train(school, None)
    school.learning.comparing.begin(for_all)
    assert sides(school, KITCHEN, two["kitchen"]) == ({everything, for_all}, True)
    assert sides(school, CODE, two["code"]) == ({own}, False), "the group has its own"


# Trials and the watch


def test_a_version_for_a_bin_is_tried_on_its_questions_alone(school, two):
    everything, own = train(school, None), train(school, two["code"])
    school.learning.versions.promote(everything, force=True)
    school.learning.versions.try_out(own, 0.5)
    inside = [school.learning.answering(f"turn {number}", CODE.format(number)) for number in range(20)]
    outside = [school.learning.answering(f"turn {number}", KITCHEN.format(number)) for number in range(20)]
    assert {answering.adapter.adapter_id for answering in inside} == {everything, own}
    assert all(answering.arm is not None for answering in inside)
    assert {answering.adapter.adapter_id for answering in outside} == {everything}
    assert all(answering.arm is None for answering in outside)


def test_a_trial_goes_on_when_another_bins_version_is_put_to_use(school, two):
    tried, other = train(school, two["code"]), train(school, two["kitchen"])
    school.learning.versions.try_out(tried, 0.5)
    school.learning.versions.promote(other, force=True)
    assert school.learning.status().trial.trial.ending is None
    school.learning.versions.promote(train(school, None), force=True)
    assert school.learning.status().trial.trial.ending == "other_promoted", "it was tried against what answers for all"


def test_ratings_that_fall_in_a_bin_take_its_adapter_out_and_leave_the_one_for_all(school, two):
    everything, own = train(school, None), train(school, two["code"])
    for adapter in (everything, own):
        school.learning.versions.promote(adapter, force=True)
    led_to = []
    for number, liked in enumerate([True, True, True, True, False] * 8 + [False] * 30, 100):
        school.clock.now += 1000
        route = Route(adapter=own if number >= 140 else everything, domain=two["code"])
        school.learning.capture.rate(school.turn(number, route=route), "up" if liked else "down")
        led_to.append(school.learning.versions.watch())
    [returned] = [each for each in led_to if each is not None]
    assert returned.adapter == own
    assert school.learning.versions.active(two["code"]).adapter_id == everything


def test_the_times_in_use_of_each_domain_are_told_apart(school, two):
    everything, own = train(school, None), train(school, two["code"])
    for adapter in (everything, own):
        school.clock.now += 1000
        school.learning.versions.promote(adapter, force=True)
    school.clock.now += 1000
    school.learning.versions.roll_back(two["code"])
    assert [(use.adapter, use.to_ms is None) for use in school.learning.versions.uses()] == [
        (everything, True),
        (own, False),
    ]
