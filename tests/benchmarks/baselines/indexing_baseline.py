"""What indexing is compared with: sentence-transformers in float32 and a SQLite table, as a tutorial would write it.

Runs in the baselines' own environment:  python indexing_baseline.py TOKENIZER.json FOLDER DATABASE

Reads every text file of FOLDER, joins paragraphs to pieces of up to 200 tokens, embeds a file's pieces in one call,
and commits a file at a time. Prints one JSON line.
"""

import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import sentence_transformers
import torch
from sentence_transformers import SentenceTransformer, models
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

MOST_TOKENS = 200


def load(tokenizer: Path, scratch: str) -> SentenceTransformer:
    """MiniLM's layers in float32. The weights are drawn: what they are does not change how fast they are."""
    config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    BertModel(config).save_pretrained(scratch)
    marks = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_file=str(tokenizer), **marks).save_pretrained(scratch)
    transformer = models.Transformer(scratch, max_seq_length=256)
    return SentenceTransformer(modules=[transformer, models.Pooling(384), models.Normalize()], device="cpu")


def pieces(text: str, tokenizer: PreTrainedTokenizerFast) -> list[str]:
    """Paragraphs joined up to MOST_TOKENS; longer ones cut by words."""
    words = [word for paragraph in text.split("\n\n") for word in [*paragraph.split(), "\n\n"]]
    counts = [len(ids) for ids in tokenizer(words, add_special_tokens=False)["input_ids"]]
    made, current, size = [], [], 0
    for word, count in zip(words, counts, strict=True):
        if size + count > MOST_TOKENS:
            made.append(" ".join(current))
            current, size = [], 0
        current.append(word)
        size += count
    return [piece for piece in [*made, " ".join(current)] if piece.strip()]


def main() -> None:
    tokenizer, folder, database = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        model = load(tokenizer, scratch)
    model.encode(["warm up"])
    began = time.perf_counter()
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE chunks (path TEXT, text TEXT, vector BLOB)")
    chunks = characters = 0
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        texts = pieces(path.read_text(encoding="utf-8"), model.tokenizer)
        if texts:
            vectors = model.encode(texts, show_progress_bar=False)
            rows = [(str(path), text, vector.tobytes()) for text, vector in zip(texts, vectors, strict=True)]
            connection.executemany("INSERT INTO chunks VALUES (?, ?, ?)", rows)
            connection.commit()
        chunks += len(texts)
        characters += sum(map(len, texts))
    seconds = time.perf_counter() - began
    versions = {"sentence-transformers": sentence_transformers.__version__, "torch": torch.__version__}
    print(json.dumps({"chunks": chunks, "characters": characters, "seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
