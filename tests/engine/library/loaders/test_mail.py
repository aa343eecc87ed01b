from email import policy
from email.message import EmailMessage

from engine.library.loaders import mail
from engine.library.loaders.choose import loader_for
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library import documents
from tests.engine.library.loaders.reading import chosen, headings, read, refusal


def letter(subject: str = "The harbour", text: str = "Ships über there.", *, page: str = "") -> EmailMessage:
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = "Ada <ada@example.org>"
    made["To"] = "bo@example.org"
    made["Date"] = "Mon, 04 May 1998 10:00:00 +0000"
    made["Subject"] = subject
    made.set_content(text, cte="base64")
    if page:
        made.add_alternative(page, subtype="html")
    return made


def with_files(made: EmailMessage, **files: bytes) -> EmailMessage:
    """Keywords spell names with `_` for the dot."""
    for name, data in files.items():
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return made


def loaded(file, *, text_limit):
    """A message as the library reads it, its attachments with the loaders they need."""
    return loader_for(file, ".eml")(file, text_limit=text_limit)


def mailbox(file, *, text_limit):
    return loader_for(file, ".mbox")(file, text_limit=text_limit)


HEAD = "From: Ada <ada@example.org>\nTo: bo@example.org\nDate: Mon, 04 May 1998 10:00:00 +0000\nSubject: The harbour\n"
REPORT = documents.pdf("Berth three is free", "Berth four is not")


class TestMail(LoaderConformance):
    loader = loaded
    samples = {
        "plain": letter().as_bytes(),
        "alternatives": letter(page="<p>never shown</p>").as_bytes(),
        "attached": with_files(letter(), report_pdf=REPORT, photo_png=b"\x89PNG\r\n\x1a\n").as_bytes(),
        "utf-16": letter().as_string().encode("utf-16"),
        "apple": b"%d\n%s<plist></plist>" % (len(letter().as_bytes()), letter().as_bytes()),
    }

    def test_a_head_and_the_words_whatever_they_come_in(self):
        for name in ("plain", "alternatives", "utf-16", "apple"):
            found = read(loaded, self.samples[name])
            assert found.text.strip() == HEAD + "\nShips über there.", name
            assert found.title == "The harbour"

    def test_attachments_are_named_and_those_that_are_documents_read(self):
        found = read(loaded, self.samples["attached"])
        assert "Attachments: report.pdf, photo.png\n" in found.text
        assert headings(found) == [(1, "report.pdf")]
        assert "Berth four is not" in found.text
        assert not found.pages, "pages would be those of a part only"

    def test_the_page_is_read_where_there_is_no_text(self):
        made = letter()
        made.set_content("<p>Ships <b>über</b> there.</p>", subtype="html", charset="iso-8859-1")
        assert "Ships über there." in read(loaded, made.as_bytes()).text

    def test_a_forwarded_message_stands_under_its_subject(self):
        made = letter("Look")
        made.add_attachment(with_files(letter("Inner", "Old words."), note_txt=b"A note."))
        found = read(loaded, made.as_bytes())
        assert headings(found) == [(1, "Inner"), (2, "note.txt")]
        assert "Old words." in found.text
        assert "A note." in found.text

    def test_messages_within_messages_end_somewhere(self):
        made = letter("0", "words 0")
        for depth in range(1, 30):
            outer = letter(str(depth), f"words {depth}")
            outer.add_attachment(made)
            made = outer
        text = read(loaded, made.as_bytes()).text
        assert "words 25" in text
        assert "words 20" not in text

    def test_an_attachment_that_is_a_bomb_takes_nothing_else_with_it(self):
        data = with_files(letter(), bomb_docx=documents.word_bomb(), note_txt=b"A note.").as_bytes()
        assert headings(read(loaded, data)) == [(1, "note.txt")]

    def test_a_charset_that_is_none_or_not_true(self):
        for charset in (b"no-such", b"us-ascii", b"rot13", b"utf-16"):
            data = b"Subject: x\nContent-Type: text/plain; charset=%s\n\nGulls \xfcber the harbour" % charset
            assert "Gulls" in read(loaded, data).text or charset == b"utf-16"

    def test_malformed_headers_are_read_as_they_stand(self):
        data = b'From: "Ada <ada@@[::example\nTo: =?utf-8?q?B=FF?=, ;;<>\nDate: never\nSubject: S\n\nwords\n'
        assert "words" in read(loaded, data).text

    def test_one_encrypted_for_its_receiver_says_so(self):
        data = b"Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB\n"
        assert refusal(loaded, data) == (FileState.ENCRYPTED, "encrypted_mail")

    def test_what_has_no_headers_is_no_message(self):
        assert refusal(loaded, b"\n\njust words\n") == (FileState.UNREADABLE, "broken")


MAILBOX = (
    b"From ada@example.org Mon May  4 10:00:00 1998\nFrom: ada@example.org\nSubject: The harbour\n\nShips.\n"
    b">From here on, gulls.\n\nFrom bo@example.org Mon May  4 11:00:00 1998\nFrom: bo@example.org\n\nFrom the sea.\n"
)


class TestMailbox(LoaderConformance):
    loader = mailbox
    samples = {"two": MAILBOX, "windows": MAILBOX.replace(b"\n", b"\r\n")}

    def test_each_message_is_a_heading(self):
        found = read(mailbox, MAILBOX)
        assert headings(found) == [(1, "The harbour"), (1, "bo@example.org")]
        assert "\nFrom here on, gulls." in found.text
        assert found.text.endswith("\n\nFrom the sea.\n\n\n")

    def test_one_without_a_suffix_is_known_by_its_content_and_a_letter_is_not_taken_for_one(self):
        assert chosen(MAILBOX, "").func is mail.load_mailbox
        assert getattr(chosen(b"From the year 1998\non, words.\n", ""), "func", None) is None
