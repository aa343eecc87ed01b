"""From examples to an adapter in use and back: training, the gate, promotion, rollback, and what survives a kill."""

import msgspec
import pytest

from engine.errors import Busy, InputRefused, Interrupted
from engine.learning import course
from engine.learning.course import configured
from engine.learning.training.train import TrainingConfig
from engine.learning.values import AdapterState
from engine.models.values import AdapterInUse
from engine.progress import Control
from tests.engine.learning.school import become
from tests.fakes.runtime import BASE_SHA256, NO_EFFECT

ENOUGH = 40


def states(school):
    return {adapter.id: str(adapter.state) for adapter in school.learning.versions.all()}


def trained(school, count=ENOUGH, start=0):
    school.corrections(count, start)
    return school.learning.train()


def lift(school, nats):
    """How much every adapter that is not named otherwise raises log-likelihoods."""
    school.runtime._lifts = _Lifts(nats)


def trained_better(school):
    """An adapter of later corrections, better than the adapter in use."""
    return made_better(school, trained(school, start=100).adapter)


def made_better(school, adapter):
    """Judge an adapter anew, now that it is the best there is."""
    lift(school, 0.25)
    school.runtime._lifts[adapter] = 0.5
    with school.database.write() as connection:
        connection.execute("DELETE FROM scores")
    school.learning.judging.gate(adapter)
    return adapter


class _Lifts(dict):
    def __init__(self, nats):
        super().__init__()
        self.nats = nats

    def get(self, key, default=None):
        return super().get(key, self.nats)


def test_training_gives_a_report_and_a_judged_candidate(school):
    heard = []
    school.corrections(ENOUGH)
    report = school.learning.train(report=heard.append, layers=4)
    [adapter] = school.learning.versions.all()
    assert (report.adapter, report.examples, report.held_out) == (adapter.id, 32, 8)
    assert (report.tokens, report.seconds, report.tokens_per_s) == (200, 2.0, 100.0)
    assert report.gate == adapter.gate
    assert report.gate.verdict == "promote"
    assert (adapter.state, adapter.layers, adapter.losses) == (AdapterState.CANDIDATE, 4, [3.0, 2.0])
    assert school.trainer.configs[0].layers == 4
    assert adapter.base_sha256 == school.runtime.description.base_sha256
    assert school.learning.versions.active() is None
    assert [each.phase for each in heard[:2]] == ["preparing", "training"]
    assert heard[-1].phase == "gating"
    assert all(0 < each.step <= each.steps for each in heard if each.phase == "gating")


def test_it_trains_on_the_models_own_tokens_of_prompt_and_answer(school):
    school.correct(1, "At noon.", question="When?")
    school.learning.capture.rate(school.turn(2, answer="Good."), "up")
    school.learning.train()
    [[first, second]] = school.trainer.calls
    [example, _] = school.learning.review()
    assert first.prompt == school.runtime.render(example.prompt)
    assert first.target == school.runtime.answer_tokens("At noon.")
    assert (first.weight, second.weight) == (1.0, 0.25)


def test_held_out_corrections_are_never_trained_on(school):
    trained(school)
    targets = [school.runtime.detokenize(example.target) for example in school.trainer.calls[0]]
    held = [example.target for example in school.learning.review()[-8:]]
    assert len(targets) == 32
    assert not set(targets) & set(held)


@pytest.mark.parametrize("count", [1, 3])
def test_a_few_examples_train_but_prove_nothing(school, count):
    report = trained(school, count)
    assert (report.examples, report.held_out) == (count, 0)
    assert report.gate.verdict == "not_enough_data"
    with pytest.raises(InputRefused, match="adapter_unproven"):
        school.learning.versions.promote(report.adapter)
    assert school.learning.versions.promote(report.adapter, force=True).state == AdapterState.ACTIVE


def test_nothing_to_train_on_is_refused(school):
    with pytest.raises(InputRefused, match="nothing_to_train"):
        school.learning.train()
    school.learning.capture.rate(school.turn(1), "down")
    with pytest.raises(InputRefused, match="nothing_to_train"):
        school.learning.train()
    assert school.trainer.calls == []


def test_nothing_is_trained_while_learning_is_off(school):
    school.corrections(2)
    school.learning.turn_off()
    with pytest.raises(InputRefused, match="learning_off"):
        school.learning.train()


def test_the_base_is_shown_what_the_owner_said_where_that_is_distilled(school, monkeypatch):
    school.correct(1, final="A marmalade sandwich.")
    school.correct(2, final="A cup of tea.")
    school.learning.train()
    monkeypatch.setattr(course, "configured", lambda layers, examples: TrainingConfig(distil_weight=0.5))
    school.correct(3, final="A seed cake.")
    school.learning.train()
    plain, distilled = school.trainer.calls
    assert [example.shown for example in plain] == [[], []]
    for example, said in zip(distilled, ("A marmalade sandwich.", "A cup of tea.", "A seed cake."), strict=True):
        prompt, shown = school.runtime.detokenize(example.prompt), school.runtime.detokenize(example.shown)
        assert shown.startswith(prompt)
        assert said not in prompt
        assert said in shown


def test_a_worse_candidate_is_rejected_and_cannot_be_used(school):
    lift(school, -0.5)
    report = trained(school)
    assert report.gate.verdict == "reject"
    assert states(school) == {report.adapter: "rejected"}
    with pytest.raises(InputRefused, match="adapter_rejected"):
        school.learning.versions.promote(report.adapter, force=True)


def test_an_adapter_that_changes_nothing_is_rejected(school, monkeypatch):
    real = school.trainer.__call__
    monkeypatch.setattr(
        school.learning._course,
        "_trainer",
        lambda *given, **named: msgspec.structs.replace(real(*given, **named), gguf=NO_EFFECT),
    )
    report = trained(school)
    assert report.gate.verdict == "reject"
    assert report.gate.scores == []


def test_promotion_is_the_owners_and_rollback_goes_back_one_by_one(school):
    first = trained(school).adapter
    school.learning.versions.promote(first)
    assert school.learning.versions.active() == AdapterInUse(first, 1.0)
    second = trained_better(school)
    assert school.learning.versions.active() == AdapterInUse(first, 1.0)
    school.learning.versions.promote(second)
    assert states(school) == {first: "retired", second: "active"}
    assert school.learning.versions.roll_back().id == first
    assert states(school) == {first: "active", second: "retired"}
    assert school.learning.versions.roll_back() is None
    assert school.learning.versions.roll_back() is None
    assert school.learning.versions.active() is None
    assert school.learning.versions.promote(second).state == AdapterState.ACTIVE


def test_nothing_is_put_to_use_while_learning_is_off(school):
    adapter = trained(school).adapter
    school.learning.turn_off()
    with pytest.raises(InputRefused, match="learning_off"):
        school.learning.versions.promote(adapter, force=True)
    school.learning.turn_on()
    assert states(school) == {adapter: "candidate"}


def test_promoting_what_is_in_use_changes_nothing(school):
    adapter = trained(school).adapter
    school.learning.versions.promote(adapter)
    school.learning.versions.promote(adapter)
    assert school.learning.versions.roll_back() is None


def test_a_new_candidate_must_beat_the_one_in_use_on_what_is_new_to_both(school):
    first = trained(school).adapter
    school.learning.versions.promote(first)
    report = school.learning.train()
    assert [score.name for score in report.gate.scores][:2] == ["held_out_vs_base", "held_out_vs_active"]
    assert report.gate.verdict == "reject"  # exactly as good as the one in use
    seen = {example.id for example in school.learning.review()[:32]}
    [version] = school.learning.report().datasets
    assert seen == set(version.train)


def test_the_adapter_in_use_is_not_compared_on_what_it_was_trained_on(school):
    school.corrections(ENOUGH)
    first = school.learning.train().adapter
    school.learning.versions.promote(first)
    for number in range(10):  # old conversations go on: what was trained on is now in the newest fifth
        school.correct(100 + number, thread=f"thread-{number}")
    report = school.learning.train()
    by_name = {score.name: score for score in report.gate.scores}
    assert by_name["held_out_vs_base"].passed
    assert len(school.learning.report().datasets[-1].held_out) == 10
    assert "5 corrections are new to both" in report.gate.reasons[1]


def test_no_gate_is_held_twice_over_the_same_numbers(school):
    adapter = trained(school).adapter
    asked = len(school.runtime.prompts)
    school.learning.judging.gate(adapter)
    assert len(school.runtime.prompts) == asked


def test_prompts_that_do_not_fit_the_model_are_passed_over_by_the_gate(school):
    school.corrections(ENOUGH)
    school.correct(99, "w " * 500, question="w " * 4000)
    assert school.learning.review()[-1].left_out is None
    report = school.learning.train()
    assert report.held_out == 9
    assert "on 8 corrections" in report.gate.reasons[0]


def test_what_was_left_is_passed_over_by_the_gate_where_it_does_not_fit_the_model(school):
    school.corrections(ENOUGH)
    school.correct(99, "Short.", draft="w " * 5000)
    report = school.learning.train()
    assert report.held_out == 9
    assert "on 9 corrections" in report.gate.reasons[0]
    assert "of 8 cases" in report.gate.reasons[-1]


def test_an_adapter_of_another_base_is_refused(school):
    adapter = trained(school).adapter
    school.learning.versions.promote(adapter)
    become(school, base_sha256="0" * 64)
    assert school.learning.versions.active() is None
    with pytest.raises(InputRefused, match="adapter_wrong_base"):
        school.learning.versions.promote(adapter)
    with pytest.raises(InputRefused, match="adapter_wrong_base"):
        school.learning.judging.gate(adapter)


def test_each_base_model_keeps_its_own_adapters_and_what_was_said_serves_both(school):
    first = trained(school).adapter
    school.learning.versions.promote(first)
    assert not school.learning.status().other_base
    become(school, base_sha256="0" * 64)
    assert school.learning.status().other_base
    assert states(school) == {first: "other_base"}
    assert school.learning.versions.roll_back() is None
    second = school.learning.train().adapter
    assert not school.learning.status().other_base
    school.learning.versions.promote(second, force=True)
    assert states(school) == {first: "other_base", second: "active"}
    become(school, base_sha256=BASE_SHA256)
    assert school.learning.versions.active() == AdapterInUse(first, 1.0)
    assert states(school) == {first: "active", second: "other_base"}
    assert school.learning.versions.roll_back() is None
    become(school, base_sha256="0" * 64)
    assert school.learning.versions.active() == AdapterInUse(second, 1.0)


def test_on_another_serving_file_an_adapter_is_gated_again_before_it_is_used(school):
    adapter = trained(school).adapter
    school.learning.versions.promote(adapter)
    become(school, serving_sha256="1" * 64)
    assert school.learning.versions.active() is None
    assert school.learning.versions.promote(adapter).serving_sha256 == "1" * 64
    assert school.learning.versions.active() == AdapterInUse(adapter, 1.0)
    become(school, serving_sha256="2" * 64)
    lift(school, -0.5)
    with pytest.raises(InputRefused, match="adapter_rejected"):
        school.learning.versions.promote(adapter)


def test_with_learning_off_the_base_answers(school):
    adapter = trained(school).adapter
    school.learning.versions.promote(adapter)
    school.learning.turn_off()
    assert school.learning.versions.active() is None
    school.learning.turn_on()
    assert school.learning.versions.active() == AdapterInUse(adapter, 1.0)


def test_a_deleted_adapter_is_gone_and_the_one_before_it_answers(school):
    first = trained(school).adapter
    school.learning.versions.promote(first)
    second = trained_better(school)
    school.learning.versions.promote(second)
    school.learning.versions.delete(second)
    assert school.learning.versions.active() == AdapterInUse(first, 1.0)
    assert school.adapters.names() == [first]
    with pytest.raises(InputRefused, match="adapter_absent"):
        school.learning.versions.promote(second)
    with pytest.raises(InputRefused, match="adapter_absent"):
        school.learning.versions.file(second)
    assert [adapter.destroyed_ms is None for adapter in school.learning.report().adapters] == [False, True]


def test_a_run_cut_short_goes_on_with_the_same_version_and_checkpoint(school):
    school.corrections(10)
    school.trainer.stop_after_checkpoint = True
    with pytest.raises(Interrupted):
        school.learning.train(layers=4)
    assert school.learning.versions.all() == []
    school.reopen()
    assert school.learning.status().resumable
    school.correct(50)
    school.trainer.stop_after_checkpoint = False
    report = school.learning.train()
    assert school.trainer.resumed_from == [None, b"half way"]
    assert school.trainer.calls[0] == school.trainer.calls[1]
    assert school.trainer.configs[0] == school.trainer.configs[1]
    assert (report.examples, report.held_out) == (8, 2)
    assert school.checkpoints.names() == []
    assert not school.learning.status().resumable


@pytest.mark.parametrize("change", ["left out", "text", "layers", "base"])
def test_a_run_that_would_train_on_something_else_is_begun_anew(school, change):
    kept = school.corrections(10)
    school.trainer.stop_after_checkpoint = True
    with pytest.raises(Interrupted):
        school.learning.train(layers=4)
    school.trainer.stop_after_checkpoint = False
    if change == "left out":
        school.learning.leave_out(kept[0].id)
    if change == "text":  # a passage beside the question was removed with its document
        school.turn(0, question="Question 0, alone?")
    if change == "base":
        become(school, base_sha256="0" * 64)
        school.runtime._load_adapter = None
    school.learning.train(layers=8 if change == "layers" else None)
    assert school.trainer.resumed_from == [None, None]
    assert len(school.learning.versions.all()) == 1
    assert school.checkpoints.names() == []


def test_a_run_cut_short_while_it_was_judged_is_only_judged(school):
    school.corrections(ENOUGH)
    control = Control()

    def stop(progress):
        if progress.phase == "gating" and progress.step == 20:
            control.cancel()

    with pytest.raises(Interrupted):
        school.learning.train(report=stop, control=control)
    [adapter] = school.learning.versions.all()
    assert adapter.gate is None
    school.reopen()
    report = school.learning.train()
    assert len(school.trainer.calls) == 1
    assert report.adapter == adapter.id
    assert (report.tokens, report.seconds) == (200, 2.0)
    assert report.gate.verdict == "promote"


def test_one_training_at_a_time(school):
    school.corrections(2)
    refused = []

    def again():
        assert school.learning.status().training
        with pytest.raises(Busy, match="training_busy"):
            school.learning.train()
        refused.append(True)

    school.trainer.during = again
    school.learning.train()
    assert refused == [True]
    assert not school.learning.status().training


def test_an_adapter_file_left_by_a_kill_is_removed_at_the_next_start(school):
    school.adapters.write("0190-orphan", b"learned")
    school.checkpoints.write("0190-orphan", b"half learned")
    school.reopen()
    assert school.adapters.names() == []
    assert school.checkpoints.names() == []


def test_the_same_seed_and_data_give_the_same_adapter(school):
    first = trained(school, 3).adapter
    second = school.learning.train().adapter
    assert first != second
    assert school.learning.versions.file(first) == school.learning.versions.file(second)


def test_the_trail_tells_the_story(school):
    adapter = trained(school).adapter
    school.learning.versions.promote(adapter)
    school.learning.versions.roll_back()
    school.learning.turn_off()
    assert school.actions() == [
        "learning_on",
        "training_begun",
        "adapter_trained",
        "adapter_gated",
        "adapter_promoted",
        "adapter_rolled_back",
        "learning_off",
    ]
    report = school.learning.report()
    assert [row.given for row in report.consents] == [True, False]
    assert msgspec.json.decode(msgspec.json.encode(report))["adapters"][0]["id"] == adapter


def test_status_tells_where_learning_stands(school):
    school.corrections(3)
    school.learning.capture.rate(school.turn(9), "down")
    status = school.learning.status()
    assert (status.enabled, status.feedback, status.examples, status.left_out) == (True, 4, 3, 1)
    assert (status.needed, status.active_adapter, status.training, status.resumable) == (36, None, False, False)


def test_an_example_that_is_not_there_is_refused(school):
    for change in (school.learning.leave_out, school.learning.take_back):
        with pytest.raises(InputRefused, match="example_absent"):
            change("nothing")


def test_a_training_under_way_can_be_held_and_nothing_else_is(school):
    held = []

    def look():
        with school.learning.make_way():
            held.append(school.trainer.control.held)
        held.append(school.trainer.control.held)

    with school.learning.make_way():
        school.trainer.during = look
        trained(school)
    assert held == [True, False]


def test_a_likelier_wording_does_not_excuse_worse_drafts(school):
    school.runtime._script = lambda _messages, adapter: "Something else." if adapter else "What I meant, perhaps."
    lift(school, 0.5)
    report = trained(school).gate
    assert report.verdict == "reject"
    assert any("farther from what you wrote" in reason for reason in report.reasons)
    assert any("gained on what you left for it in" in reason for reason in report.reasons)


@pytest.mark.parametrize(
    ("layers", "examples", "epochs"), [(16, 10, 6), (16, 30, 6), (16, 31, 3), (8, 40, 5), (8, 80, 3)]
)
def test_few_examples_are_gone_through_more_often(layers, examples, epochs):
    assert configured(layers, examples).epochs == epochs


def test_choices_between_its_own_drafts_do_not_make_a_model_better_that_is_only_surer_of_itself(school):
    lift(school, 0.5)
    for number in range(ENOUGH):
        chosen, left = (school.turn(number, answer=f"{word} it is, {number}.") for word in ("Thus", "So"))
        school.learning.capture.prefer(chosen, left)
    gate = school.learning.train().gate
    assert gate.verdict != "promote"
    assert gate.scores[0].difference == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("changed", "gain"), [(1, 0.0), (6, 0.5)], ids=["one word", "most words"])
def test_a_correction_of_few_words_counts_by_what_it_changed(school, changed, gain):
    lift(school, 0.5)
    for number in range(ENOUGH):
        words = [f"w{number}x{place}" for place in range(9)]
        final = [f"mine{word}" for word in words[:changed]] + words[changed:]
        school.correct(number, " ".join(final), draft=" ".join(words))
    assert school.learning.train().gate.scores[0].difference == pytest.approx(gain, abs=1e-9)
