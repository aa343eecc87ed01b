"""The owner's settings: declared once, with default, bounds and help; kept as JSON in the profile."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from engine.durable import write_atomically
from engine.errors import InputRefused


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing of the owner's content: this file is not encrypted."""

    model: Annotated[str, Meta(description="base model, by its name in the catalog")] = "smollm2-135m-instruct"
    threads: Annotated[int, Meta(ge=0, le=256, description="threads of the model worker; 0 means by the machine")] = 0
    context_tokens: Annotated[int, Meta(ge=512, le=131072, description="context window asked of the model")] = 4096
    answer_tokens: Annotated[int, Meta(ge=16, le=8192, description="longest answer, in tokens")] = 512
    temperature: Annotated[float, Meta(ge=0, le=2, description="sampling temperature")] = 0.3
    passages: Annotated[int, Meta(ge=0, le=20, description="passages put beside a question")] = 4
    text_limit_mb: Annotated[int, Meta(ge=1, le=2000, description="largest text read from one file, in MB")] = 100
    read_pictures: Annotated[
        bool, Meta(description="whether words in pictures and scanned pages are read, by OCR on this machine")
    ] = True
    train_unasked: Annotated[
        bool, Meta(description="whether the window trains by itself while its owner is away and the machine is idle")
    ] = False
    search_training: Annotated[
        bool, Meta(description="whether a training tries several settings first; takes about six times as long")
    ] = False
    side_by_side: Annotated[
        float,
        Meta(ge=0, le=0.5, description="share of the answers that come as two drafts to choose from; 0 means never"),
    ] = 0.0
    try_retrieval: Annotated[
        float, Meta(ge=0, le=0.5, description="share of the questions on which other retrieval settings are tried")
    ] = 0.0
    mask_names: Annotated[
        bool, Meta(description="whether names of people, and addresses, are masked in what is learned from")
    ] = False
    keep_feedback_days: Annotated[
        int, Meta(ge=0, le=3650, description="days that feedback is kept to learn from; 0 means until it is forgotten")
    ] = 0
    keep_feedback_items: Annotated[
        int, Meta(ge=0, le=100_000, description="pieces of feedback that are kept, the newest; 0 means all")
    ] = 0


def load_settings(path: Path) -> Settings:
    """Settings at `path`, defaults where it is silent or absent. Raises InputRefused for a value out of bounds."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputRefused("settings_invalid", path=str(path), reason=str(error)) from error


def save_settings(path: Path, settings: Settings) -> None:
    write_atomically(path, msgspec.json.format(msgspec.json.encode(settings)))
