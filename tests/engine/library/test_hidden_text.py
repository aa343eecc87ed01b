import pytest

from engine.library.hidden_text import visible


def test_instructions_written_in_tag_characters_vanish():
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all")
    assert visible(f"Dear{smuggled} reader") == "Dear reader"


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u202e", "\u2066", "\u2060", "\ufeff", "\u00ad", "\x00", "\x1b", "\U000e0100"]
)
def test_marks_no_one_sees_vanish(mark):
    assert visible(f"har{mark}bour") == "harbour"


@pytest.mark.parametrize("text", ["می‌خواهم", "👩‍👩‍👧", "tab\tand\nline", "naïve — “quoted”", "日本語"])
def test_what_is_read_stays(text):
    assert visible(text) == text


def test_line_ends_and_form_feeds_are_newlines():
    assert visible("a\r\nb\rc\x0cd\x85e") == "a\nb\nc\nd\ne"
