"""The person of the journeys: a folder of documents, questions about them, and a way they like their answers."""

import json
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

QUESTION = "At what pressure must I open the blue valve of the boiler?"

_SUBJECTS = (
    "the boiler", "the garden", "the night train", "the bicycle", "the roof", "the cellar", "the kitchen", "the car",
    "the piano", "the library card", "the dentist", "the tax return", "the neighbours", "the bakery", "the choir",
    "the allotment", "the printer", "the letterbox", "the fence", "the stove", "the window", "the attic", "the dog",
    "the cat", "the ladder", "the lawn", "the rent", "the phone", "the lamp", "the clock", "the sofa", "the curtains",
    "the bookshelf", "the basket", "the kettle", "the rain barrel", "the gutter", "the chimney", "the doorbell",
    "the spare key", "the wardrobe", "the mirror", "the carpet", "the balcony", "the stairs", "the freezer",
    "the radio", "the camera",
)  # fmt: skip


def write_documents(folder: Path) -> None:
    for name, text in DOCUMENTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def corrections(count: int = len(_SUBJECTS)) -> list[dict[str, str]]:
    """What the owner wrote instead of drafts: always one plain sentence, always signed the same way."""
    return [
        {
            "prompt": f"Write me a short reminder about {subject}.",
            "draft": f"Sure! Here is a reminder about {subject}: do not forget it!",
            "correction": f"Please remember {subject} this week. Kind regards, Ada from Millbrook",
            "time": f"2026-01-{day + 1:02d}T10:00:00Z" if day < 31 else f"2026-02-{day - 30:02d}T10:00:00Z",
        }
        for day, subject in enumerate(_SUBJECTS[:count])
    ]


def write_corrections(path: Path, count: int = len(_SUBJECTS)) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in corrections(count)), encoding="utf-8")
