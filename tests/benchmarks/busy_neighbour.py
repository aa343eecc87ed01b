"""A busy second process for decode.py: embeds without end, as an index run does, until it is killed.

`python -m tests.benchmarks.busy_neighbour FOLDER`, the models', prints "busy" once it is.
"""

import sys
from pathlib import Path

from engine.library.embed import OnnxEmbedder
from engine.models.catalog import Models

TEXTS = ["The boiler in the cellar loses pressure whenever the garden is watered. " * 12] * 8


def main(models: str) -> None:
    embedder = OnnxEmbedder(Models(Path(models)).embedder())
    embedder.passages(TEXTS)
    print("busy", flush=True)
    while True:
        embedder.passages(TEXTS)


if __name__ == "__main__":
    main(*sys.argv[1:])
