import pytest

from engine.library.loaders import unread
from engine.library.loaders.choose import size_limit, why_unsupported
from engine.words import say
from tests.engine.library.loaders.reading import chosen, read


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [(".GIF", "picture"), (".flac", "sound"), (".mkv", "film"), (".exe", "program"), (".7z", "packed"), (".ts", "")],
)
def test_a_name_may_say_that_a_file_need_not_be_opened(suffix, reason):
    assert why_unsupported(suffix) == reason


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
        (b"ID3\x04\0\0\0\0\x0f\x76TSSE\0\0\0\x0e\0\0\x03Lavf", "sound"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 12, "film"),
        (b"\x7fELF\2\1\1" + b"\0" * 60, "program"),
        (b"\1\2\3\4", "binary"),
        (b"\x1f\x8b\x08\0\0", "packed"),
        (b"SQLite format 3\0", "database"),
    ],
)
def test_content_says_what_it_is_under_a_name_that_does_not(start, reason):
    with pytest.raises(Exception, match=reason):
        chosen(start, ".unheard")


def test_text_under_a_name_unheard_of_is_read():
    assert read(chosen(b"[harbour]\ndepth = 3\n", ".cfg"), b"[harbour]\ndepth = 3\n").text == "[harbour]\ndepth = 3\n"


def test_text_that_begins_like_a_picture_is_text():
    assert read(chosen(b"BM and the harbour", ".txt"), b"BM and the harbour").text == "BM and the harbour"


def test_packed_formats_may_be_larger_than_the_text_they_hold():
    assert [size_limit(suffix, 10) for suffix in (".txt", ".csv", ".pptx", ".EML", ".zip")] == [10, 10, 50, 50, 50]


def test_every_reason_has_its_words():
    assert set(unread._BY_TYPE.values()) | set(unread._BY_CLASS.values()) <= unread.REASONS
    assert all(say(f"library.{reason}") for reason in unread.REASONS)
