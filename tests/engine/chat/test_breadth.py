"""Which questions ask for everything, in two languages; most do not."""

import pytest

from engine.chat.breadth import wide

ASKED = {
    "count": (
        "How many letters mention the boiler?",
        "In how many of my contracts is a deposit named?",
        "how many unpaid invoices are there",
        "Count all documents about tax.",
        "Wie viele Rechnungen sind von 2024?",
        "In wie vielen Briefen geht es um die Heizung?",
        "Zähle meine Verträge mit Kaution.",
    ),
    "list": (
        "List all people named in the minutes.",
        "Please list every deadline.",
        "Could you find all the phone numbers?",
        "Give me a list of all repairs",
        "Which documents mention Millbrook?",
        "What are all the amounts that are due?",
        "Liste alle Termine auf.",
        "Bitte nenne mir alle Namen.",
        "Welche meiner Rechnungen sind offen?",
    ),
    "compare": (
        "Compare the two leases.",
        "What are the differences between the 2023 and the 2024 contract?",
        "How do the offers differ?",
        "Vergleiche die Angebote.",
        "Worin unterscheiden sich die beiden Verträge?",
    ),
}
OF_A_PASSAGE = (
    "How many keys must I hand back?",
    "How many years did the theatre stand?",
    "Wie viele Schlüssel gibt es?",
    "List three fruits.",
    "Name a prime number, please!",
    "What is the deposit?",
    "Which company repaired the boiler?",
    "Write a list of ideas for a party.",
    "Tell me about the lease.",
    "What does the letter say about all this?",
    "What is the difference?",
    "Welcher Betrieb hat die Heizung repariert?",
    "Is it comparable?",
    "",
)


@pytest.mark.parametrize(("kind", "question"), [(kind, one) for kind, some in ASKED.items() for one in some])
def test_a_question_for_everything_is_known(kind, question):
    assert wide(question).kind == kind


@pytest.mark.parametrize("question", OF_A_PASSAGE)
def test_a_question_for_one_thing_is_left_alone(question):
    assert wide(question) is None


@pytest.mark.parametrize(
    ("question", "subject", "words"),
    [
        ("Please list every deadline.", "deadline.", "deadline"),
        ("In how many of my contracts is a deposit named?", "contracts is a deposit named?", "contracts deposit named"),
        ("how many unpaid invoices are there", "unpaid invoices are there", "unpaid invoices"),
        ("How do the offers differ?", "the offers differ?", "offers differ"),
        ("Vergleiche die Angebote.", "die Angebote.", "Angebote"),
        ("List all there is", "there is", "there is"),
    ],
)
def test_what_is_looked_for_is_its_subject_by_the_words_that_say_something(question, subject, words):
    assert wide(question)[1:] == (subject, words)
