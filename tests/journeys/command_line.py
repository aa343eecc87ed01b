"""Runs the command line as a person would: another process, its own HOME, one JSON object back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class CommandLine:
    """One profile driven from outside."""

    def __init__(self, home: Path, models: Path) -> None:
        self.home = home
        self.profile = home / "profile"
        self.key_file = home / "key"
        self.key_file.write_bytes(b"a sentence that only its owner knows")
        self.key_file.chmod(0o600)
        kept = {name: value for name, value in os.environ.items() if name not in {"CI", "XDG_DATA_HOME"}}
        self.through: list[str] = []  # what starts it, when that is something else
        self.environment = {**kept, "HOME": str(home), "HEARTHSIDE_MODELS": str(models)}

    def command(self, *arguments: str) -> list[str]:
        shared = ["--profile", str(self.profile), "--key-file", str(self.key_file), "--json"]
        return [*self.through, sys.executable, "-m", "engine", *arguments, *shared]

    def __call__(self, *arguments: str, code: int = 0, stdin: str = "") -> dict[str, Any]:
        """Run one command; its JSON. Fails unless it exits with `code`."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        value: dict[str, Any] = json.loads(done.stdout)
        return value

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run one command in the background."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
