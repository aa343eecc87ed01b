"""What every loader promises, for a subclass that names one and gives it samples."""

import io
from typing import ClassVar

import pytest

from engine.library.extracted import assemble
from engine.library.loaders.contract import Block, Loader, Refused, Title

LIMIT = 10_000_000


class LoaderConformance:
    loader: ClassVar[Loader]
    samples: ClassVar[dict[str, bytes]]
    words: ClassVar[str] = "harbour"  # stands in every sample

    def read(self, data: bytes) -> list[Block | Title]:
        return list(type(self).loader(io.BytesIO(data), text_limit=LIMIT))

    def blocks(self, data: bytes) -> list[Block]:
        return [item for item in self.read(data) if isinstance(item, Block)]

    def test_the_words_are_there(self):
        for name, data in self.samples.items():
            assert self.words in assemble(self.blocks(data)).text, name

    def test_reading_twice_gives_the_same(self):
        for data in self.samples.values():
            assert self.read(data) == self.read(data)

    def test_it_reads_from_the_start_wherever_the_file_stands(self):
        for data in self.samples.values():
            file = io.BytesIO(data)
            file.seek(0, io.SEEK_END)
            assert list(type(self).loader(file, text_limit=LIMIT)) == self.read(data)

    def test_the_file_stays_open(self):
        for data in self.samples.values():
            file = io.BytesIO(data)
            list(type(self).loader(file, text_limit=LIMIT))
            assert not file.closed

    def test_levels_and_pages_are_in_bounds(self):
        for data in self.samples.values():
            blocks = self.blocks(data)
            assert all(0 <= block.level <= 6 for block in blocks)
            pages = [block.page for block in blocks]
            if any(page is not None for page in pages):
                numbers = [page for page in pages if page is not None]
                assert len(numbers) == len(pages)
                assert numbers == sorted(numbers)
                assert numbers[0] >= 1

    def test_nothing_gives_nothing(self):
        assert not [block for block in self.tried(b"") if block.text.strip()]

    @pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
    def test_a_cut_file_is_refused_or_read_in_part(self, share):
        for data in self.samples.values():
            self.tried(data[: int(len(data) * share)])

    def tried(self, data: bytes) -> list[Block]:
        """The blocks, none when it is refused; anything else it raises fails the test."""
        try:
            return self.blocks(data)
        except Refused:
            return []
