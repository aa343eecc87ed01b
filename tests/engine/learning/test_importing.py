"""Feedback in and out as JSON lines: what a line means, and that a bad line costs itself alone."""

import msgspec
import pytest

from engine.errors import InputRefused
from engine.learning.importing import LINE_BYTES
from engine.models.values import Message


def rows(school, *lines):
    school.learning.capture.import_file(school.file(*lines))
    return school.learning._records.log.all()


def test_a_correction_with_its_draft(school):
    [row] = rows(
        school, {"prompt": "When?", "draft": "Soon.", "correction": "At noon.", "time": "2026-01-31T12:00:00Z"}
    )
    assert (row.kind, row.draft, row.final) == ("correction", "Soon.", "At noon.")
    assert row.prompt == [Message("user", "When?")]
    assert row.created_ms == 1_769_860_800_000
    assert (row.source, row.turn_id, row.thread_id, row.consent_version) == ("import", None, None, 1)
    [example] = school.learning.review()
    assert (example.target, example.left_out) == ("At noon.", None)


def test_a_draft_chosen_over_a_rejected_answer(school):
    [row] = rows(school, {"prompt": "When?", "draft": "At noon.", "rejected": "Soon."})
    assert (row.kind, row.final, row.rejected) == ("preferred", "At noon.", "Soon.")


def test_a_rating_of_a_draft(school):
    up, down = rows(
        school, {"prompt": "A?", "draft": "B.", "rating": "up"}, {"prompt": "A?", "draft": "C.", "rating": "down"}
    )
    assert [(row.kind, row.draft, row.rating) for row in (up, down)] == [("thumb", "B.", "up"), ("thumb", "C.", "down")]
    assert [example.left_out for example in school.learning.review()] == [None, "left_out_not_praised"]


def test_a_correction_keeps_the_rating_and_the_rejected_answer_beside_it(school):
    [row] = rows(school, {"prompt": "A?", "correction": "B.", "rejected": "C.", "rating": "down"})
    assert (row.kind, row.rejected, row.rating) == ("correction", "C.", "down")


def test_a_prompt_may_be_messages(school):
    prompt = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "When?"}]
    [row] = rows(school, {"prompt": prompt, "correction": "At noon."})
    assert row.prompt == [Message("system", "Be brief."), Message("user", "When?")]


def test_bad_lines_are_named_and_the_others_are_kept(school):
    report = school.learning.capture.import_file(
        school.file(
            {"prompt": "A?", "correction": "B."},
            "not json",
            "",
            "[1, 2]",
            {"correction": "no prompt"},
            {"prompt": "  ", "correction": "empty prompt"},
            {"prompt": "A?"},
            {"prompt": "A?", "rating": "up"},
            {"prompt": "A?", "draft": "B.", "rating": "sideways"},
            {"prompt": "A?", "correction": "B.", "time": "yesterday"},
            {"prompt": "A?", "correction": "x" * LINE_BYTES},
            {"prompt": "C?", "correction": "D.", "unknown": 1},
        )
    )
    assert report.imported == 2
    assert [skipped.line for skipped in report.skipped] == [2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert all(skipped.reason.endswith(".") for skipped in report.skipped)
    assert [example.target for example in school.learning.review()] == ["B.", "D."]


def test_bytes_that_are_no_text_cost_their_line(school):
    path = school.folder / "feedback.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"prompt": "A?", "correction": "B."}\r\n{"prompt": "\xff", "correction": "C."}\r\n')
    report = school.learning.capture.import_file(path)
    assert (report.imported, [skipped.line for skipped in report.skipped]) == (1, [2])


@pytest.mark.parametrize("content", [b"Dear diary,\nall is well.\n", b"\x00\x01\x02" * 1000, b"[]\n", b"x" * 3_000_000])
def test_another_kind_of_file_is_refused(school, content):
    path = school.folder / "diary.txt"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match="feedback_not_jsonl"):
        school.learning.capture.import_file(path)
    assert school.learning.status().feedback == 0


def test_an_empty_file_holds_nothing_and_is_no_failure(school):
    assert school.learning.capture.import_file(school.file()).imported == 0


def test_a_file_that_cannot_be_read_is_refused(school):
    with pytest.raises(InputRefused, match="feedback_unreadable"):
        school.learning.capture.import_file(school.folder / "absent.jsonl")
    with pytest.raises(InputRefused, match="feedback_unreadable"):
        school.learning.capture.import_file(school.folder)


def test_nothing_is_imported_while_learning_is_off(school):
    school.learning.turn_off()
    with pytest.raises(InputRefused, match="learning_off"):
        school.learning.capture.import_file(school.file({"prompt": "A?", "correction": "B."}))


def test_importing_a_file_twice_teaches_nothing_twice(school):
    path = school.file({"prompt": "A?", "correction": "B."}, {"prompt": "C?", "correction": "D."})
    school.learning.capture.import_file(path)
    school.learning.capture.import_file(path)
    assert school.learning.status().examples == 2


def test_what_is_exported_can_be_imported_into_the_same_examples(school):
    school.correct(1, "Right.", thread="talk")
    school.learning.capture.rate(school.turn(2, answer="Good."), "up")
    school.learning.capture.prefer(school.turn(3, answer="Better."), school.turn(4, answer="Worse."))
    school.learning.capture.import_file(school.file({"prompt": "A?", "correction": "B."}))
    before = school.learning.review()
    lines = [msgspec.json.encode(line).decode() for line in school.learning.capture.export_lines()]
    school.forget(everything=True)
    assert school.learning.capture.import_file(school.file(*lines)).skipped == []
    after = school.learning.review()

    def essence(examples):
        return [(one.prompt, one.target, one.weight, one.kind, one.thread_id, one.created_ms) for one in examples]

    assert essence(after) == essence(before)
