from engine.library.loaders import outlook
from engine.library.loaders.choose import loader_for
from engine.library.values import FileState
from tests.conformance.loader import LoaderConformance
from tests.engine.library import documents
from tests.engine.library.compound import compound, outlook_message
from tests.engine.library.loaders.reading import chosen, headings, read, refusal


def message(**parts) -> bytes:
    return outlook_message(subject="The harbour", sender="ada@example.org", to="bo@example.org", **parts)


def loaded(file, *, text_limit):
    """The message as the library reads it, its attachments with the loaders they need."""
    return loader_for(file, ".msg")(file, text_limit=text_limit)


class TestOutlook(LoaderConformance):
    loader = loaded
    samples = {
        "text": message(text="Ships lie there."),
        "page": message(page="<p>Ships über <b>there</b>.</p>".encode()),
        "long": message(text="Gulls. " * 1000, files={"berths.docx": documents.word("Berth three", heading="Berths")}),
    }

    def test_a_head_and_the_words(self):
        found = read(loaded, self.samples["text"])
        assert found.title == "The harbour"
        assert found.text == (
            "From: <ada@example.org>\nTo: Bo <bo@example.org>\nSubject: The harbour\n\nShips lie there.\n\n"
        )

    def test_a_page_is_read_where_there_is_no_text(self):
        assert "Ships über there." in read(loaded, self.samples["page"]).text

    def test_attachments_are_named_and_read(self):
        found = read(loaded, self.samples["long"])
        assert "Attachments: berths.docx\n" in found.text
        assert headings(found) == [(1, "berths.docx"), (2, "Berths")]
        assert "Berth three" in found.text

    def test_it_is_known_by_its_content_and_a_container_of_something_else_is_not(self):
        assert chosen(self.samples["text"], ".doc").func is outlook.load
        assert refusal(loaded, compound({"WordDocument": b"x"})) == (FileState.UNSUPPORTED, "old_office")
