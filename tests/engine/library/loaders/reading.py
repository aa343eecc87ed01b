"""Reading made-up files with one loader."""

import io

import pytest

from engine.library.extracted import Extracted, assemble
from engine.library.loaders.choose import loader_for
from engine.library.loaders.contract import Block, Loader, Refused, Title
from engine.library.values import FileState
from tests.conformance.loader import LIMIT


def read(loader: Loader, data: bytes, *, text_limit: int = LIMIT) -> Extracted:
    items = list(loader(io.BytesIO(data), text_limit=text_limit))
    titles = [item.text for item in items if isinstance(item, Title)]
    return assemble([item for item in items if isinstance(item, Block)], "".join(titles[:1]))


def refusal(loader: Loader, data: bytes, *, text_limit: int = LIMIT) -> tuple[FileState, str]:
    with pytest.raises(Refused) as refused:
        read(loader, data, text_limit=text_limit)
    return refused.value.state, refused.value.reason


def chosen(data: bytes, suffix: str) -> Loader:
    return loader_for(io.BytesIO(data), suffix)


def headings(extracted: Extracted) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in extracted.headings]
