"""The parse worker's side: reads documents nobody vouches for, in a process that reaches nothing and is thrown away."""

import os
from collections.abc import Iterator

from msgspec import Struct

from engine.errors import HearthsideError
from engine.library.hidden_text import visible
from engine.library.loaders.choose import loader_for
from engine.library.loaders.contract import Block, Picture, Refused, Title
from engine.library.parse_protocol import Blocks, Parse, Parsed, ParseReply, Pictured, RefusedReply
from engine.library.values import FileState
from engine.workers.service import Context

_PIECE = 1 << 20


class ParseService:
    """Answers Parse with Blocks…, then Parsed or RefusedReply."""

    requests = Parse

    def handle(self, request: Struct, context: Context) -> Iterator[ParseReply]:
        assert isinstance(request, Parse)
        try:
            yield from _parsed(request, context)
        except Refused as refused:
            yield RefusedReply(refused.state, refused.reason)
        except HearthsideError:
            raise  # cancelled, not broken
        except MemoryError:
            yield RefusedReply(FileState.UNREADABLE, "memory")
        except OSError:
            yield RefusedReply(FileState.UNREADABLE, "read_error")
        except Exception:  # noqa: BLE001 - a loader's library met a file its authors did not foresee
            yield RefusedReply(FileState.UNREADABLE, "broken")


def service() -> ParseService:
    return ParseService()


def _parsed(request: Parse, context: Context) -> Iterator[ParseReply]:
    title = ""
    pending: list[Block] = []
    pending_size = total = 0
    words = False
    with os.fdopen(request.file, "rb", closefd=False) as file:
        load = loader_for(file, request.suffix)
        for item in load(file, text_limit=request.text_limit):
            context.checkpoint()
            if isinstance(item, Title):
                title = " ".join(visible(item.text).split())[:200]
                continue
            if isinstance(item, Picture):
                words = True  # as far as can be told here
                yield Blocks(pending)
                yield Pictured(item.page)
                pending, pending_size = [], 0
                continue
            block = Block(visible(item.text), item.level, item.page)
            words = words or not block.text.isspace()
            pending.append(block)
            pending_size += len(block.text)
            total += len(block.text) if block.text.isascii() else len(block.text.encode())
            if total > request.text_limit:
                raise Refused(FileState.TOO_LARGE, "text_limit")
            if pending_size > _PIECE:
                yield Blocks(pending)
                pending, pending_size = [], 0
        if not words:
            raise Refused(FileState.NO_TEXT, "no_words" if file.seek(0, os.SEEK_END) else "empty")
    if pending:
        yield Blocks(pending)
    yield Parsed(title)
