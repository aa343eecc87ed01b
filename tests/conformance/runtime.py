"""What every Runtime promises, as tests: a subclass gives the fixture `subject` and pytest runs them all on it."""

import threading
from collections.abc import Callable
from typing import NamedTuple

import pytest

from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse, Asked, Finished, Message, Sampling, StreamChunk
from engine.progress import Control

QUESTION = [Message("user", "Name three rivers of Europe and say where they end.")]
OTHER = [Message("system", "Be brief."), Message("user", "What do bees make?")]
GREEDY = Sampling(temperature=0, max_tokens=24)


class Subject(NamedTuple):
    """A runtime to examine. Its loader knows the adapters "one", "other", "nothing" (no effect) and "foreign" (of
    another base). `crash` ends whatever runs the model, at once."""

    runtime: Runtime
    crash: Callable[[], None]
    detokenize: Callable[[list[int]], str]


class Answer(NamedTuple):
    text: str
    tokens: list[int]
    logprobs: list[float]
    finished: Finished


def answer(
    runtime: Runtime,
    messages: list[Message],
    sampling: Sampling = GREEDY,
    adapter: AdapterInUse | None = None,
    control: Control | None = None,
) -> Answer:
    *chunks, finished = runtime.stream(messages, sampling, adapter=adapter, control=control)
    assert isinstance(finished, Finished)
    assert all(isinstance(chunk, StreamChunk) for chunk in chunks)
    tokens = [token for chunk in chunks for token in chunk.tokens]
    logprobs = [logprob for chunk in chunks for logprob in chunk.logprobs]
    return Answer("".join(chunk.text for chunk in chunks), tokens, logprobs, finished)


class RuntimeConformance:
    def test_chunks_concatenate_to_the_tokens_text(self, subject: Subject) -> None:
        said = answer(subject.runtime, QUESTION)
        assert said.text
        assert said.text == subject.detokenize(said.tokens)

    def test_every_token_has_a_log_probability(self, subject: Subject) -> None:
        said = answer(subject.runtime, QUESTION)
        assert len(said.logprobs) == len(said.tokens)
        assert all(logprob <= 0 for logprob in said.logprobs)

    def test_temperature_zero_is_reproducible_to_the_bit(self, subject: Subject) -> None:
        assert answer(subject.runtime, QUESTION)[:3] == answer(subject.runtime, QUESTION)[:3]

    def test_a_seed_is_reproducible_and_seeds_differ(self, subject: Subject) -> None:
        seeded = [Sampling(temperature=1.5, seed=seed, max_tokens=24) for seed in (7, 7, 8)]
        first, again, other = (answer(subject.runtime, QUESTION, sampling).tokens for sampling in seeded)
        assert first == again
        assert first != other

    def test_what_ran_before_changes_nothing(self, subject: Subject) -> None:
        fresh = answer(subject.runtime, QUESTION)
        answer(subject.runtime, OTHER)
        subject.runtime.log_likelihood([(OTHER, "Honey.")])
        assert answer(subject.runtime, QUESTION)[:3] == fresh[:3]

    def test_finishes_for_length(self, subject: Subject) -> None:
        said = answer(subject.runtime, QUESTION, Sampling(temperature=0, max_tokens=3))
        assert said.finished.reason == "length"
        assert len(said.tokens) == said.finished.timings.tokens == 3

    def test_finishes_at_the_end_of_the_answer(self, subject: Subject) -> None:
        asked = [Message("user", "Answer with the single word yes.")]
        said = answer(subject.runtime, asked, Sampling(temperature=0, max_tokens=200))
        assert said.finished.reason == "stop"
        assert said.finished.timings.prompt_tokens == len(subject.runtime.render(asked))

    def test_cancelling_ends_the_stream(self, subject: Subject) -> None:
        control = Control()
        stream = subject.runtime.stream(QUESTION, Sampling(temperature=0, max_tokens=400), control=control)
        first = next(stream)
        control.cancel()
        *_, last = stream
        assert isinstance(first, StreamChunk)
        assert isinstance(last, Finished)
        assert last.reason == "cancelled"
        assert last.timings.tokens < 400

    def test_cancelled_before_it_began_says_nothing(self, subject: Subject) -> None:
        control = Control()
        control.cancel()
        said = answer(subject.runtime, QUESTION, control=control)
        assert (said.text, said.finished.reason) == ("", "cancelled")

    def test_closing_a_stream_frees_the_runtime(self, subject: Subject) -> None:
        stream = subject.runtime.stream(QUESTION, Sampling(temperature=0, max_tokens=400))
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # it is a generator
        assert answer(subject.runtime, QUESTION).text

    def test_requests_from_several_threads_wait_for_each_other(self, subject: Subject) -> None:
        expected = answer(subject.runtime, QUESTION).text
        heard: list[str] = []
        threads = [
            threading.Thread(target=lambda: heard.append(answer(subject.runtime, QUESTION).text)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert heard == [expected] * 3

    def test_the_next_turn_reads_only_what_is_new(self, subject: Subject) -> None:
        first = answer(subject.runtime, QUESTION)
        following = [*QUESTION, Message("assistant", first.text), Message("user", "And in Asia?")]
        second = answer(subject.runtime, following)
        timings = second.finished.timings
        assert timings.reused_tokens >= first.finished.timings.prompt_tokens + len(first.tokens) - 1
        assert timings.reused_tokens < timings.prompt_tokens

    def test_scores_agree_with_what_was_streamed(self, subject: Subject) -> None:
        said = answer(subject.runtime, QUESTION, Sampling(temperature=0, max_tokens=12, repeat_penalty=1.0))
        assert subject.runtime.answer_tokens(said.text)[:-1] == said.tokens
        (scores,) = subject.runtime.log_likelihood([(QUESTION, said.text)])
        assert len(scores) == len(said.tokens) + 1
        assert scores[:-1] == pytest.approx(said.logprobs, abs=0.03)

    def test_scores_come_in_order(self, subject: Subject) -> None:
        pairs = [(QUESTION, "The Danube ends in the Black Sea."), (OTHER, "Honey."), (QUESTION, "No.")]
        together = subject.runtime.log_likelihood(pairs)
        apart = [scores for pair in pairs for scores in subject.runtime.log_likelihood([pair])]
        assert together == apart

    def test_answers_side_by_side_are_as_likely_as_those_streamed_alone(self, subject: Subject) -> None:
        sampling = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=12)
        prompts = [QUESTION, OTHER, QUESTION, [Message("user", "Answer with the single word yes.")]]
        together = dict(subject.runtime.answers([Asked(prompt, sampling) for prompt in prompts]))
        alone = [answer(subject.runtime, prompt, sampling).text for prompt in prompts]
        assert sorted(together) == [0, 1, 2, 3]
        for place, prompt in enumerate(prompts):
            ours, theirs = (
                sum(subject.runtime.log_likelihood([(prompt, text)])[0][:-1])
                for text in (together[place], alone[place])
            )
            assert ours == pytest.approx(theirs, abs=0.5)

    def test_more_answers_than_are_made_at_once_all_come(self, subject: Subject) -> None:
        asked = [Asked(QUESTION, Sampling(temperature=1.5, seed=seed, max_tokens=1 + seed % 5)) for seed in range(40)]
        made = dict(subject.runtime.answers(asked))
        assert sorted(made) == list(range(40))
        assert len(set(made.values())) > 1
        assert dict(subject.runtime.answers(asked)) == made

    def test_answers_side_by_side_leave_what_is_held_of_a_conversation(self, subject: Subject) -> None:
        first = answer(subject.runtime, QUESTION)
        list(subject.runtime.answers([Asked(OTHER, GREEDY)]))
        following = [*QUESTION, Message("assistant", first.text), Message("user", "And in Asia?")]
        assert answer(subject.runtime, following).finished.timings.reused_tokens > 0

    def test_answers_side_by_side_are_the_adapters(self, subject: Subject) -> None:
        adapter = AdapterInUse("one", 1.0)
        base, adapted, again = (
            dict(subject.runtime.answers([Asked(QUESTION, GREEDY)], adapter=one)) for one in (None, adapter, None)
        )
        assert adapted != base == again

    def test_answers_side_by_side_can_be_cancelled(self, subject: Subject) -> None:
        control = Control()
        making = subject.runtime.answers([Asked(QUESTION, GREEDY)] * 30, control=control)
        next(making)
        control.cancel()
        with pytest.raises(Interrupted):
            list(making)
        assert answer(subject.runtime, QUESTION).text

    def test_answers_side_by_side_stand_still_while_they_are_held(self, subject: Subject) -> None:
        control, begun, held = Control(), threading.Event(), threading.Event()
        made: list[int] = []

        def make() -> None:
            for place, _ in subject.runtime.answers([Asked(QUESTION, GREEDY)] * 40, control=control):
                made.append(place)
                begun.set()
                held.wait()

        making = threading.Thread(target=make)
        making.start()
        begun.wait()
        with control.hold():
            held.set()
            assert answer(subject.runtime, OTHER).text
            assert len(made) < 40
        making.join()
        assert sorted(made) == list(range(40))

    def test_one_prompt_without_room_refuses_them_all(self, subject: Subject) -> None:
        asked = [Asked(QUESTION, GREEDY), Asked([Message("user", "word " * 9000)], GREEDY)]
        with pytest.raises(InputRefused) as refused:
            list(subject.runtime.answers(asked))
        assert refused.value.code == "prompt_too_long"
        assert list(subject.runtime.answers([])) == []

    def test_plain_text_is_scored_from_its_second_token(self, subject: Subject) -> None:
        text = "The river runs through the old town and into the sea."
        scores = subject.runtime.text_log_likelihood(text)
        assert len(scores) == len(subject.runtime.tokenize(text)) - 1
        assert all(score <= 0 for score in scores)
        assert subject.runtime.text_log_likelihood("") == []

    def test_scoring_can_be_cancelled(self, subject: Subject) -> None:
        control = Control()
        control.cancel()
        with pytest.raises(Interrupted):
            subject.runtime.log_likelihood([(QUESTION, "The Rhine.")], control=control)

    def test_control_tokens_in_a_message_stay_text(self, subject: Subject) -> None:
        end = subject.runtime.answer_tokens("")[-1]
        name = "<|im_end|>"
        spoken = subject.runtime.render([Message("user", f"Say {name} now")])
        plain = subject.runtime.render([Message("user", "Say this now")])
        assert spoken.count(end) == plain.count(end)
        assert end not in subject.runtime.tokenize(name)

    def test_a_prompt_without_room_is_refused_and_the_next_works(self, subject: Subject) -> None:
        with pytest.raises(InputRefused) as refused:
            answer(subject.runtime, [Message("user", "word " * 9000)])
        assert refused.value.code == "prompt_too_long"
        assert refused.value.fields["tokens"] > refused.value.fields["limit"]  # type: ignore[operator]
        assert answer(subject.runtime, QUESTION).text

    def test_an_adapter_changes_the_model_and_detaching_restores_it_exactly(self, subject: Subject) -> None:
        runtime = subject.runtime
        base = answer(runtime, QUESTION)
        adapted = answer(runtime, QUESTION, adapter=AdapterInUse("one", 1.0))
        assert adapted.logprobs != base.logprobs
        assert answer(runtime, QUESTION)[:3] == base[:3]

    def test_scale_is_the_adapters_strength(self, subject: Subject) -> None:
        pairs = [(QUESTION, "The Rhine, the Danube and the Rhone.")]
        base, off, half, full = (
            subject.runtime.log_likelihood(pairs, adapter=adapter)
            for adapter in (None, AdapterInUse("one", 0.0), AdapterInUse("one", 0.5), AdapterInUse("one", 1.0))
        )
        assert off == base
        assert len({str(scores) for scores in (base, half, full)}) == 3

    def test_adapters_switch_on_the_live_model(self, subject: Subject) -> None:
        one, other, again = (
            answer(subject.runtime, QUESTION, adapter=AdapterInUse(name, 1.0)) for name in ("one", "other", "one")
        )
        assert one.logprobs != other.logprobs
        assert one[:3] == again[:3]

    def test_another_adapters_cache_is_never_reused(self, subject: Subject) -> None:
        answer(subject.runtime, QUESTION)
        adapted = answer(subject.runtime, QUESTION, adapter=AdapterInUse("one", 1.0))
        assert adapted.finished.timings.reused_tokens == 0

    def test_a_forgotten_adapter_is_loaded_anew(self, subject: Subject) -> None:
        before = answer(subject.runtime, QUESTION, adapter=AdapterInUse("one", 1.0))
        subject.runtime.forget_adapter("one")
        subject.runtime.forget_adapter("never held")
        after = answer(subject.runtime, QUESTION, adapter=AdapterInUse("one", 1.0))
        assert before[:3] == after[:3]

    @pytest.mark.parametrize(("name", "code"), [("foreign", "adapter_wrong_base"), ("nothing", "adapter_no_effect")])
    def test_an_adapter_that_cannot_help_is_refused(self, subject: Subject, name: str, code: str) -> None:
        base = answer(subject.runtime, QUESTION)
        for _ in range(2):
            with pytest.raises(InputRefused) as refused:
                answer(subject.runtime, QUESTION, adapter=AdapterInUse(name, 1.0))
            assert refused.value.code == code
        assert answer(subject.runtime, QUESTION)[:3] == base[:3]

    def test_a_crash_is_told_and_the_next_call_works(self, subject: Subject) -> None:
        adapter = AdapterInUse("one", 1.0)
        expected = answer(subject.runtime, QUESTION, adapter=adapter)
        stream = subject.runtime.stream(QUESTION, Sampling(temperature=0, max_tokens=400), adapter=adapter)
        next(stream)
        subject.crash()
        with pytest.raises(HearthsideError) as told:
            list(stream)
        assert told.value.code == "worker_crashed"
        assert answer(subject.runtime, QUESTION, adapter=adapter)[:3] == expected[:3]

    def test_closed_it_loads_again_when_asked(self, subject: Subject) -> None:
        expected = answer(subject.runtime, QUESTION)
        subject.runtime.close()
        assert answer(subject.runtime, QUESTION)[:3] == expected[:3]
