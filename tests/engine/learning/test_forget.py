"""Forgetting: what was said goes, and every adapter, version, checkpoint and number made from it."""

import pytest

from engine.errors import InputRefused, Interrupted
from engine.models.values import AdapterInUse, Message

SECRET = "The wedding is called off, tell nobody."


def everything_kept(school):
    """All bytes of all rows, as text."""
    tables = [name for (name,) in school.database.read("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return "\n".join(str(school.database.read(f"SELECT * FROM {name}")) for name in tables)


@pytest.fixture
def learned(school):
    """Forty corrections and a secret one among those trained on, in an adapter in use over an older one without it."""
    school.corrections(40)
    before = school.learning.train().adapter
    school.learning.versions.promote(before)
    secret = school.correct(5, SECRET, thread="thread-5")
    school.corrections(20, start=200)
    after = school.learning.train().adapter
    with school.database.write() as connection:  # the scripted model scores all adapters alike
        connection.execute("INSERT INTO promotions (adapter_id, at_ms) VALUES (?, 1)", (after,))
    assert school.learning.versions.active() == AdapterInUse(after, 1.0)
    return secret, before, after


@pytest.mark.parametrize("named", ["feedback_id", "turn_id", "thread_id"])
def test_a_forgotten_correction_is_gone_from_every_row_and_file(school, learned, named):
    secret, _, after = learned
    receipt = school.forget(**{named: {"feedback_id": secret.id}.get(named) or getattr(secret, named)})
    assert receipt.items == (1 if named == "feedback_id" else 2)
    assert after in receipt.adapters_destroyed
    assert receipt.retrain_offered
    assert SECRET not in everything_kept(school)
    assert after not in school.adapters.names()
    with pytest.raises(InputRefused, match="adapter_absent"):
        school.learning.versions.file(after)


def test_only_adapters_made_from_it_go_and_the_one_before_answers(school, learned):
    secret, before, after = learned
    receipt = school.forget(feedback_id=secret.id)
    assert receipt.adapters_destroyed == [after]
    assert school.learning.versions.active() == AdapterInUse(before, 1.0)
    assert school.adapters.names() == [before]


def test_training_again_knows_nothing_of_it(school, learned):
    school.forget(feedback_id=learned[0].id)
    school.learning.train()
    said = [school.runtime.detokenize(example.target) for example in school.trainer.calls[-1]]
    assert SECRET not in said
    assert len(said) > 30


def test_no_hash_of_it_stays_to_confirm_a_guess_with(school, learned):
    from engine.learning.records.dataset import content_sha256

    secret = next(one for one in school.learning.review() if one.id == learned[0].id)
    digest = content_sha256(secret)
    assert digest in everything_kept(school)
    school.forget(feedback_id=secret.id)
    assert digest not in everything_kept(school)


def test_the_receipt_in_the_trail_holds_no_content(school, learned):
    secret, _, after = learned
    school.forget(feedback_id=secret.id)
    newest = school.learning.report().audit[0]
    assert newest.action == "forgotten"
    assert newest.fields == {"items": 1, "adapters": [after]}


def test_an_adapter_trained_on_a_prompt_that_showed_it_goes_too(school):
    secret = school.correct(1, SECRET)
    school.learning.leave_out(secret.id)
    school.correct(2, prompt=[Message("system", f"You were told: {SECRET}"), Message("user", "And now?")])
    adapter = school.learning.train().adapter
    assert school.forget(feedback_id=secret.id).adapters_destroyed == [adapter]


def test_everything(school, learned):
    receipt = school.forget(everything=True)
    assert receipt.items == 61
    assert not receipt.retrain_offered
    assert school.learning.versions.all() == []
    assert school.learning.versions.active() is None
    assert school.adapters.names() == []
    assert "What I meant" not in everything_kept(school)
    assert school.learning.enabled
    assert school.learning.report().adapters  # that there were adapters, and how they scored, may be told


def test_what_was_never_kept_cannot_be_forgotten(school):
    with pytest.raises(InputRefused, match="feedback_absent"):
        school.forget(feedback_id="nothing")
    assert school.forget(turn_id="turn-1").items == 0
    assert school.forget(thread_id="thread-1").items == 0


def test_a_run_cut_short_loses_its_checkpoint(school):
    kept = school.corrections(10)
    school.trainer.stop_after_checkpoint = True
    with pytest.raises(Interrupted):
        school.learning.train()
    assert len(school.checkpoints.names()) == 1
    school.forget(feedback_id=kept[0].id)
    assert school.checkpoints.names() == []
    assert not school.learning.status().resumable


def test_a_training_that_runs_is_stopped_and_leaves_nothing(school):
    kept = school.corrections(10)

    def forget_and_go_on():
        school.forget(feedback_id=kept[0].id)

    school.trainer.during = forget_and_go_on
    with pytest.raises(Interrupted):
        school.learning.train()
    assert school.learning.versions.all() == []
    assert school.adapters.names() == []
    assert school.checkpoints.names() == []


def test_a_training_too_far_to_be_stopped_leaves_nothing_either(school, monkeypatch):
    kept = school.corrections(10)
    real = school.trainer.__call__

    def deaf(*given, checkpoints, control, **named):
        trained = real(*given, checkpoints=checkpoints, control=control, **named)
        school.forget(feedback_id=kept[0].id)
        checkpoints.save(b"learned after all")
        return trained

    monkeypatch.setattr(school.learning._course, "_trainer", deaf)
    with pytest.raises(Interrupted):
        school.learning.train()
    assert school.adapters.names() == []
    assert school.checkpoints.names() == []


def test_a_training_on_other_things_goes_on(school):
    school.corrections(10)
    spoken = []

    def say_and_take_back():
        late = school.correct(50, "Said while it trained, and regretted.")
        spoken.append(school.forget(feedback_id=late.id))

    school.trainer.during = say_and_take_back
    assert school.learning.train().examples == 8
    assert spoken[0].adapters_destroyed == []
