"""The public collections that retrieval is measured on: documents, questions, and which document answers which."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct


class Collection(Struct, frozen=True):
    """Documents as (title, text); `judged` names those that are relevant to a question, at least one for each."""

    name: str
    documents: dict[str, tuple[str, str]]
    questions: dict[str, str]
    judged: dict[str, set[str]]


def all_collections(data: Path) -> list[Collection]:
    return [cisi(data / "cisi"), cranfield(data / "cranfield"), xquad(data / "xquad")]


def cisi(folder: Path) -> Collection:
    documents = {
        number: (_line(fields.get("T", "")), fields.get("W", "")) for number, fields in _smart(folder / "CISI.ALL")
    }
    questions = {number: _line(fields.get("W", "")) for number, fields in _smart(folder / "CISI.QRY")}
    judged: dict[str, set[str]] = {}
    for line in (folder / "CISI.REL").read_text().splitlines():
        question, document = line.split()[:2]
        judged.setdefault(question, set()).add(document)
    return _judged("cisi", documents, questions, judged)


def cranfield(folder: Path) -> Collection:
    """The judgements number the questions 1 to 225 in the order of the file."""
    source = (folder / "cran.all.1400.xml").read_text(encoding="utf-8")
    documents = {}
    for part in re.findall(r"<doc>(.*?)</doc>", source, re.DOTALL):
        field = {name: _between(part, name) for name in ("docno", "title", "text")}
        text = field["text"].removeprefix(field["title"])  # it begins with its own title
        documents[field["docno"].strip()] = (_line(field["title"]), text.strip())
    tops = ET.parse(folder / "cran.qry.xml").getroot().iter("top")
    questions = {str(number): _line(top.findtext("title") or "") for number, top in enumerate(tops, 1)}
    judged: dict[str, set[str]] = {}
    for line in (folder / "cranqrel.trec.txt").read_text().splitlines():
        question, _, document, grade = line.split()
        if int(grade) > 0:
            judged.setdefault(question, set()).add(document)
    return _judged("cranfield", documents, questions, judged)


def xquad(folder: Path) -> Collection:
    documents, questions, judged = {}, {}, {}
    for article in json.loads((folder / "xquad.en.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            number = str(len(documents))
            documents[number] = ("", paragraph["context"])
            for asked in paragraph["qas"]:
                questions[asked["id"]] = _line(asked["question"])
                judged[asked["id"]] = {number}
    return _judged("xquad", documents, questions, judged)


def _judged(
    name: str, documents: dict[str, tuple[str, str]], questions: dict[str, str], judged: dict[str, set[str]]
) -> Collection:
    judged = {question: found & documents.keys() for question, found in judged.items()}
    kept = {question: text for question, text in questions.items() if judged.get(question)}
    return Collection(name, documents, kept, {question: judged[question] for question in kept})


def _smart(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Entries of a file in SMART's format: .I number, then fields that begin with a line of a dot and a letter."""
    for entry in re.split(r"^\.I ", path.read_text(encoding="latin-1"), flags=re.MULTILINE)[1:]:
        number, _, rest = entry.partition("\n")
        parts = re.split(r"^\.([A-Z])[ \t]*\n", rest, flags=re.MULTILINE)
        yield number.strip(), dict(zip(parts[1::2], parts[2::2], strict=True))


def _between(part: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", part, re.DOTALL)
    return found[1].strip() if found else ""


def _line(text: str) -> str:
    return " ".join(text.split())
