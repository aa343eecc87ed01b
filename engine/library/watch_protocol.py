"""What the library and its watch worker tell each other."""

from typing import Literal

from msgspec import Struct

Unwatched = Literal["", "watch_limit", "watch_failed"]


class Watch(Struct, frozen=True, tag=True):
    """Tell, until cancelled, where something may have changed under these roots, but for what is `excluded` or left out
    by the `patterns` of a root."""

    roots: list[str]
    excluded: list[str]
    patterns: dict[str, str] = {}


class Watching(Struct, frozen=True, tag=True):
    """From now on changes are told. `unwatched`: why they are not, but for a root that comes or goes; a key of
    translations/*/library.toml, "" where all is watched. `remote`: roots that other computers may write to unheard."""

    unwatched: Unwatched
    remote: list[str] = []


class Changed(Struct, frozen=True, tag=True):
    """Something may have changed in these folders, and anywhere under these trees."""

    trees: list[str]
    folders: list[str]


WatchReply = Watching | Changed
