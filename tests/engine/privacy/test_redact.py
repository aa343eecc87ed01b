"""The masks: what each kind catches, what it lets stand, and that a masked text is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.privacy.checksums import luhn, mod_97
from engine.privacy.redact import find, redact

PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----"

CAUGHT = {
    "email": ["anna.lind+home@mail.example.org", "O'Neil@example.co.uk", "JOE@EXAMPLE.COM"],
    "phone": [
        "+44 171 542 7717",
        "+1-203-305-2492x5662",
        "(202) 898-8312",
        "202.898.8312",
        "0043 1 5877 123",
        "030 1234567",
        "06-12345678",
        "02.27.96.63.08",
    ],
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"],
    "iban": [
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "NO93 8601 1117 947",
        "fr1420041010050500013m02606",
    ],
    "ip": ["192.168.17.4", "2001:db8:85a3:0:0:8a2e:370:7334", "fe80::1ff:fe23:4567:890a"],
    "ssn": ["308-63-0237"],
    "key": [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "A1b2" * 8,
        "glpat-" + "x9Y8" * 5,
        "xoxb-123456789012-abcdefGHIJKL",
        "sk_live_" + "4eC39HqLyjWDarjt",
        "sk-ant-" + "api03-" + "Ab12" * 8,
        "AIza" + "Sy-1_" * 7,
        "npm_" + "aB3d" * 9,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.SflKxwRJSMeKKF2QT4fw",
        PRIVATE_KEY,
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CAUGHT.items() for text in texts])
def test_each_kind_is_masked_whole(kind, text):
    assert redact(f"It is {text}, I think.").text == f"It is «{kind}», I think."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('password = "hunter2-and-more"', 'password = "«key»"'),
        ("The wifi password is Sommer2024!", "The wifi password is «key»!"),
        ("API_KEY: 9f8e7d6c5b4a", "API_KEY: «key»"),
        ("postgres://anna:s3cret@db.example.org/x", "postgres://anna:«key»@db.example.org/x"),
        ("Call me on 785 8949 tonight", "Call me on «phone» tonight"),
        ("My SSN is 308 63 0237.", "My SSN is «ssn»."),
        ("Write to a@b.co or ring 202-898-8312.", "Write to «email» or ring «phone»."),
    ],
)
def test_what_only_its_neighbours_give_away_is_masked(text, masked):
    assert redact(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "On 1993-01-04 14:56:41 it rained.",
        "Between 1939-1945 and 2019 - 2020.",
        "The meeting is on 03.05.2024 or 3/23/1940.",
        "It cost 1 250 000 crowns, or $ 12,500.75.",
        "Order 123456789012345 was shipped.",  # no card: Luhn does not hold
        "Version 1.22.333.4444 and v1.2.3.4 are old.",
        "std::vector<int> a::b and 12:30:45",
        "127.0.0.1 is this machine, 0.0.0.0 every address.",
        "DE89370400440532013001 has wrong check digits",
        "The password is important. Your password: required",
        "token = os.environ['TOKEN'] and secret = get_secret(name)",
        "@property and name@localhost",
        "ISO 27001, RFC 3339, ISBN 978-3-16-148410-0",
        "pages 120-135, chapters 2 3 4",
        "666-12-3456 and 900-12-3456 were never given out",
    ],
)
def test_ordinary_numbers_and_words_stand(text):
    assert redact(text).text == text


def test_it_counts_by_kind():
    redacted = redact("a@example.org, b@example.org, 202-898-8312")
    assert redacted.masked == {"email": 2, "phone": 1}
    assert redacted.count == 3


def test_found_spans_are_places_in_the_text_itself():
    text = "mail a@example.org, call 202-898-8312"
    assert [(text[span.start : span.end], span.kind) for span in find(text)] == [
        ("a@example.org", "email"),
        ("202-898-8312", "phone"),
    ]


pieces = st.sampled_from(
    [text for texts in CAUGHT.values() for text in texts]
    + ["call ", "password: ", "SSN ", " ", "\n", "-", ".", "1", "0", "x", ":", "«phone»", "«", "»", "785 8949", "a b"]
)


@given(st.lists(pieces | st.text(max_size=6), max_size=12).map("".join))
def test_masking_again_changes_nothing(text):
    once = redact(text).text
    assert redact(once).text == once
    assert redact(once).count == 0


@given(st.text("0123456789", min_size=1, max_size=18))
def test_luhn_finds_the_one_check_digit(digits):
    assert [luhn(digits + check) for check in "0123456789"].count(True) == 1


@given(
    st.sampled_from(["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"]).flatmap(
        lambda kind: st.text(kind, min_size=2, max_size=2)
    ),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=6, max_size=28),
)
def test_mod_97_notices_two_swapped_characters_of_a_kind(pair, rest):
    """A digit and a letter may stand for the same number either way: 2M is 2 22, and M2 is 22 2."""
    account = pair + rest
    check = next(digits for digits in (f"{value:02d}" for value in range(2, 99)) if mod_97(f"DE{digits}{account}"))
    swapped = account[1] + account[0] + account[2:]
    assert account == swapped or not mod_97(f"DE{check}{swapped}")
