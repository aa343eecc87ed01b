import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.chat.fit import LONGEST_QUESTION, accept_question, answer_room, fitted
from engine.chat.prompt import Exchange, Prompt, Shown
from engine.errors import InputRefused
from engine.library.values import Passage
from engine.memory.values import Entry, EntryKind
from tests.fakes.runtime import ScriptedRuntime

lengths = st.lists(st.integers(1, 60), max_size=8)


def words(count, word="word"):
    return " ".join([word] * count)


def entry(index, length, kind):
    return Entry(id=f"{kind}-{index}", kind=kind, text=words(length), question="q")


def passage(number, length):
    return Shown(
        number,
        Passage(chunk_id=f"c{number}", document_id="d", path="/d", page=None, start=0, end=1, text=words(length)),
    )


def full_prompt(question, history, passages, corrections, preferences):
    return Prompt(
        system="Be brief.",
        question=words(question),
        history=tuple(Exchange(str(index), words(length), words(length)) for index, length in enumerate(history)),
        passages=tuple(passage(number, length) for number, length in enumerate(passages, 1)),
        corrections=tuple(entry(index, length, EntryKind.CORRECTION) for index, length in enumerate(corrections)),
        preferences=tuple(entry(index, length, EntryKind.PREFERENCE) for index, length in enumerate(preferences)),
    )


prompts = st.builds(full_prompt, st.integers(1, 40), lengths, lengths, lengths, lengths)


@given(prompts, st.integers(120, 1200))
def test_whatever_is_offered_the_prompt_fits_and_keeps_its_question(whole, limit):
    runtime = ScriptedRuntime()
    prompt = fitted(whole, runtime, limit)
    assert len(runtime.render(prompt.messages())) <= limit
    assert (prompt.system, prompt.question) == (whole.system, whole.question)
    assert prompt.history == whole.history[len(whole.history) - len(prompt.history) :]
    assert prompt.preferences == whole.preferences[len(whole.preferences) - len(prompt.preferences) :]
    assert prompt.passages == whole.passages[: len(prompt.passages)]
    assert prompt.corrections == whole.corrections[: len(prompt.corrections)]


@given(prompts)
def test_where_there_is_room_nothing_is_left_out(whole):
    assert fitted(whole, ScriptedRuntime(), 100_000) == whole


def test_history_that_overflows_leaves_room_for_the_next_turns():
    """Else each turn would drop one more, the prompt begin differently each time, and all of it be read anew."""
    runtime, limit = ScriptedRuntime(), 800
    history, starts = (), []
    for index in range(30):
        prompt = fitted(Prompt(system="Be brief.", question="q", history=history), runtime, limit)
        starts.append(prompt.history[0].turn_id if prompt.history else "")
        history = (*prompt.history, Exchange(str(index), words(20), words(20)))
    assert len(set(starts)) < 10


@pytest.mark.parametrize("question", ["", " \n\t ", "\u200b"])
def test_an_empty_question_is_refused(question):
    with pytest.raises(InputRefused) as refused:
        accept_question(question, "Be brief.", ScriptedRuntime(), 1000)
    assert refused.value.code == "question_empty"


def test_a_question_the_context_cannot_hold_is_refused_with_what_would_fit():
    with pytest.raises(InputRefused) as refused:
        accept_question(words(2000), "Be brief.", ScriptedRuntime(), 1000)
    assert refused.value.code == "question_too_long"
    assert 3000 < refused.value.fields["limit"] < 5000


def test_a_book_is_refused_before_it_is_tokenized():
    with pytest.raises(InputRefused) as refused:
        accept_question("x" * 200_000, "Be brief.", None, 10**6)
    assert refused.value.fields == {"characters": 200_000, "limit": LONGEST_QUESTION}


def test_half_a_character_cannot_get_past():
    assert accept_question("a\ud800b", "Be brief.", ScriptedRuntime(), 1000) == "a\ufffdb"


def test_the_answer_never_takes_more_than_half_the_context():
    assert answer_room(4096, 512) == 512
    assert answer_room(512, 512) == 256
