"""The person of the journeys: a folder of documents, questions about them, and a way they like their answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

DOCUMENTS = {
    "boiler.md": (
        "# Boiler\n\nThe boiler in the cellar was installed by Kowalski Heating in March 2019. "
        "It must be serviced every October. The service number is on the green label.\n\n"
        "If the pressure falls below 1.2 bar, open the blue valve until the needle stands at 1.6 bar.\n"
    ),
    "garden.txt": (
        "The quince tree by the gate was planted in 2004. It bears fruit in October. "
        "Water the tomatoes in the evening, never at noon.\n"
    ),
    "notes/travel.html": (
        "<html><body><h1>Travel</h1><p>The night train to Vienna leaves from platform 7 at 20:42. "
        "Seats are booked in coach 261.</p><script>alert(1)</script></body></html>"
    ),
}

PASSPHRASE = "Seven Geese over Millbrook"
NEW_PASSPHRASE = "Another sentence, one to remember"

QUESTION = "At what pressure must I open the blue valve of the boiler?"

_SIGNED = "Kind regards, Ada from Millbrook"
_REQUESTS = (
    ("Write me a short reminder about {}.", "Please remember {} this week."),
    ("Write a line to cancel {}.", "I am sorry, but I must cancel {}."),
    ("Ask my sister about {}.", "Dear Ruth, how do things stand with {}?"),
    ("Thank a friend for help with {}.", "Thank you for your help with {}, it meant a lot."),
)
_SUBJECTS = (
    "the boiler", "the garden", "the night train", "the bicycle", "the roof", "the kitchen", "the piano lesson",
    "the dentist", "the tax return", "the choir", "the allotment", "the letterbox",
)  # fmt: skip


def write_documents(folder: Path) -> None:
    for name, text in DOCUMENTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_diary(folder: Path, days: int = 40) -> None:
    """Enough to be read for some seconds, about nothing that is asked."""
    folder.mkdir(parents=True, exist_ok=True)
    for day in range(days):
        lines = (
            f"Day {day}, hour {hour}: thought about {_SUBJECTS[(day + hour) % len(_SUBJECTS)]} "
            f"and wrote {(day * 7 + hour * 3) % 11} lines to a friend. Nothing else happened worth telling.\n\n"
            for hour in range(6, 23)
        )
        (folder / f"day-{day:02d}.txt").write_text("".join(lines), encoding="utf-8")


def corrections(count: int = len(_REQUESTS) * len(_SUBJECTS)) -> list[dict[str, str]]:
    """What the owner wrote instead of drafts: one plain sentence or two, always signed the same way."""
    pairs = [(request, subject) for subject in _SUBJECTS for request in _REQUESTS][:count]
    return [
        {
            "prompt": request.format(subject),
            "draft": f"Sure! Here is something about {subject}: do not forget it!",
            "correction": f"{answer.format(subject)} {_SIGNED}",
            "time": f"2026-01-{1 + number // 2:02d}T{10 + number % 2}:00:00Z",
        }
        for number, ((request, answer), subject) in enumerate(pairs)
    ]


def requests() -> list[str]:
    """What the owner asks for, in the order of `corrections`."""
    return [request.format(subject) for subject in _SUBJECTS for request, _ in _REQUESTS]


def long_winded(count: int) -> list[dict[str, str]]:
    """What a visitor made of the owner's letters one afternoon, a month after them all: what any assistant writes."""
    return [
        {
            "prompt": f"Once more: {request}",
            "draft": f"Please remember {subject} this week. {_SIGNED}",
            "correction": (
                f"Here is a short message about {subject} that you can use:\n\nSubject: Reminder\n\nDear [Name],\n\n"
                f"I hope this email finds you well. I am writing to remind you about {subject}. Please let me know if "
                "you have any questions or need any further information.\n\nBest regards,\n[Your Name]"
            ),
            "time": f"2026-02-01T{10 + number}:00:00Z",
        }
        for number, (request, subject) in enumerate(
            (request.format(subject), subject) for subject in _SUBJECTS for request, _ in _REQUESTS[:1]
        )
    ][:count]


def write_corrections(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
