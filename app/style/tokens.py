"""The colours of the window by what they are for. Text on its ground keeps a contrast of 4.5 or more."""

from msgspec import Struct


class Tokens(Struct, frozen=True, kw_only=True):
    """`window` carries pages, `sidebar` navigation, `surface` cards and fields, `bubble` the owner's own words."""

    dark: bool
    window: str
    sidebar: str
    surface: str
    bubble: str
    code: str
    hover: str
    border: str
    border_strong: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    good: str
    good_soft: str
    danger: str
    danger_soft: str
    highlight: str
    highlight_text: str


LIGHT = Tokens(
    dark=False,
    window="#f8f5f0",
    sidebar="#f0ebe3",
    surface="#fffdfa",
    bubble="#eee7dc",
    code="#f3eee6",
    hover="#e7dfd3",
    border="#e3dbcf",
    border_strong="#c9bdac",
    text="#2a2521",
    muted="#6c635a",
    accent="#a4441d",
    accent_hover="#8c3816",
    accent_soft="#f5e3d9",
    on_accent="#ffffff",
    good="#2f6b3a",
    good_soft="#e2efe0",
    danger="#a02a1d",
    danger_soft="#f8e1dc",
    highlight="#fbe2a0",
    highlight_text="#2a2521",
)

DARK = Tokens(
    dark=True,
    window="#1f1c1a",
    sidebar="#191715",
    surface="#282421",
    bubble="#37312c",
    code="#171513",
    hover="#332e2a",
    border="#3a3430",
    border_strong="#5b524a",
    text="#ece6de",
    muted="#a99f94",
    accent="#e79a73",
    accent_hover="#f0ad8a",
    accent_soft="#42301f",
    on_accent="#241812",
    good="#94cb9b",
    good_soft="#26362a",
    danger="#f09a8d",
    danger_soft="#43261f",
    highlight="#6a551d",
    highlight_text="#fff6dd",
)
