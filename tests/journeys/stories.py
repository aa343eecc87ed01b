"""The stories told at the window, and their chapters: each is a start of the program."""

from typing import Final

STORIES: Final = {
    "evening": ("first_evening", "lost_passphrase", "next_morning"),
    "menu": ("from_thunar", "from_pcmanfm_qt"),
    "folder": ("living_folder",),
    "weeks": ("first_week", "bad_week", "good_week", "last_week"),
}
