"""From the command to a window that answers, and what the idle program keeps in memory, with 10,000 chunks indexed.

Cold means a new process; the disk's cache is warm. The baseline is an empty QMainWindow of the same PySide6, started
the same way in the same run. Memory is the proportional set size, at start and again after one question (when the
model and the embedder are loaded). Linux only. Prints one JSON line.

`python -m tests.benchmarks.startup --data FOLDER [--chunks 10000] [--runs 5]`
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from engine.assistant import Assistant
from engine.handover import Show, hand_over
from engine.store.values import WithKeyFile

EMPTY_WINDOW = (
    "from PySide6.QtWidgets import QApplication, QMainWindow\n"
    "from PySide6.QtCore import QTimer\n"
    "app = QApplication([]); window = QMainWindow(); window.show()\n"
    "QTimer.singleShot(0, lambda: (print('shown', flush=True), app.quit()))\n"
    "app.exec()"
)
PARAGRAPH = 900  # characters: about one chunk


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["XDG_RUNTIME_DIR"] = str(home / "run")
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        key = home / "key"
        key.write_bytes(b"a benchmark's key")
        key.chmod(0o600)
        chunks = fill(home, key, options.data, options.chunks)
        ours, theirs = [], []
        for _ in range(options.runs):
            ours.append(time_to_window(home, key))
            theirs.append(time_to_empty_window())
        print(
            json.dumps(
                {
                    "benchmark": "startup",
                    "chunks": chunks,
                    "window_s": round(statistics.median(ours), 2),
                    "baseline": f"empty QMainWindow, PySide6 {version('PySide6-Essentials')}",
                    "baseline_s": round(statistics.median(theirs), 2),
                    "ratio": round(statistics.median(ours) / statistics.median(theirs), 2),
                    **memory(home, key),
                }
            )
        )


def fill(home: Path, key: Path, data: Path, chunks: int) -> int:
    """A profile whose library holds about `chunks` chunks of real text."""
    documents = home / "documents"
    documents.mkdir()
    paragraphs = real_text(data)
    for number in range(chunks // 50):
        text = "\n\n".join(next(paragraphs) for _ in range(50))
        (documents / f"{number}.txt").write_text(text, encoding="utf-8")
    assistant, _ = Assistant.create(home / "profile", WithKeyFile(key))
    try:
        return assistant.library.add([documents]).chunks
    finally:
        assistant.close()


def real_text(data: Path) -> Iterator[str]:
    """Paragraphs without end: the collection's articles, from another place in each round."""
    articles = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(data.rglob("*.txt"))]
    text = "\n".join(articles)
    start = 0
    while True:
        for at in range(start, len(text) - PARAGRAPH, PARAGRAPH):
            yield text[at : at + PARAGRAPH].replace("\n", " ")
        start += 311


def started(home: Path, key: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app", "--profile", home / "profile", "--key-file", key])


def time_to_window(home: Path, key: Path) -> float:
    """Seconds until the window is shown and takes requests."""
    began = time.perf_counter()
    with started(home, key) as process:
        while not hand_over(home / "profile", Show()):
            time.sleep(0.005)
        taken = time.perf_counter() - began
        process.send_signal(signal.SIGINT)
    return taken


def time_to_empty_window() -> float:
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", EMPTY_WINDOW], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return time.perf_counter() - began


def memory(home: Path, key: Path) -> dict[str, float]:
    """Megabytes of proportional set size, some seconds after the start and after a first answer."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.asked_window", home / "profile", key], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        figures = {}
        for moment in ("at_start", "after_a_question"):
            assert process.stdout.readline().strip() == moment.encode()
            time.sleep(5)
            figures[f"desktop_mb_{moment}"] = round(proportional(process.pid))
            figures[f"all_mb_{moment}"] = round(sum(proportional(pid) for pid in family(process.pid)))
        process.kill()
    return figures


def family(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    children = " ".join((task / "children").read_text() for task in tasks.iterdir())
    return [pid, *(grandchild for child in children.split() for grandchild in family(int(child)))]


def proportional(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise ValueError(pid)


if __name__ == "__main__":
    main()
