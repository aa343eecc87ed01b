"""What every command shares: which profile, how it is unlocked, how results and errors are written."""

import contextlib
import getpass
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from engine import progress
from engine.assistant import Assistant, find_profile
from engine.errors import HearthsideError, InputRefused, Interrupted, KeyProblem
from engine.store.values import ProfileState, Unlock, WithKeyFile, WithKeyring, WithPassphrase, WithRecoveryCode
from engine.words import explain, say


class Session:
    """One command: its options, its `control` (Ctrl-C cancels it), stdout for the result, stderr for all else."""

    def __init__(self, root: Path, *, key_file: Path | None, as_json: bool) -> None:
        self.root = root
        self.key_file = key_file
        self.as_json = as_json
        self.control = progress.Control()
        self.out = Console(highlight=False, markup=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def result(self, value: dict[str, Any], lines: Iterable[str]) -> None:
        """The command's outcome: `value` as one JSON object, or `lines` for a person."""
        if self.as_json:
            self.line(value)
        else:
            for line in lines:
                self.out.print(line)

    def line(self, value: dict[str, Any]) -> None:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        sys.stdout.flush()

    def fail(self, error: HearthsideError) -> int:
        """Say what went wrong; the exit code."""
        words = explain(error)
        if self.as_json:
            described = {"code": error.code, "title": words.title, "message": words.message, "hint": words.hint}
            self.line({"error": described})
        else:
            self.err.print(words.title, style="bold")
            self.err.print(words.message)
            if words.hint:
                self.err.print(words.hint, style="dim")
        return error.exit_code

    @contextlib.contextmanager
    def assistant(self, opened: Assistant | None = None) -> Iterator[Assistant]:
        """The profile, open (or the one `opened` already) for as long as the block runs."""
        assistant = opened or self._opened()
        try:
            with self._interruptible():
                yield assistant
        finally:
            assistant.close()

    def unlock(self) -> Unlock:
        """How this profile opens: the key file that was named, else the keyring, else a passphrase asked for."""
        found = find_profile(self.root)
        if found.state is ProfileState.ABSENT:
            raise InputRefused("profile_absent", path=str(self.root))
        if self.key_file is not None:
            return WithKeyFile(self.key_file)
        if "keyring" in found.locks:
            return WithKeyring()
        if "passphrase" in found.locks and sys.stdin.isatty():
            return WithPassphrase(getpass.getpass(say("cli.ask_passphrase"), stream=sys.stderr))
        needed = "key_needed" if "passphrase" in found.locks else "key_file_needed"
        raise KeyProblem(needed, path=str(self.root))

    def _opened(self) -> Assistant:
        try:
            return Assistant.open(self.root, self.unlock())
        except KeyProblem as error:
            if self.key_file is not None or self.as_json or not sys.stdin.isatty():
                raise
            self.fail(error)
            code = getpass.getpass(say("cli.ask_recovery_code"), stream=sys.stderr)
            if not code:
                raise
            return Assistant.open(self.root, WithRecoveryCode(code))

    @contextlib.contextmanager
    def reporting(self) -> Iterator[progress.Report]:
        """A progress bar on stderr where a person watches, silence otherwise."""
        if not self.err.is_terminal:
            yield progress.unreported
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.err, transient=True) as bars:
            task = bars.add_task("", total=None)

            def report(now: progress.Progress) -> None:
                bars.update(task, completed=now.done, total=now.total or None, description=now.message)

            yield report

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """The first Ctrl-C cancels what runs at its next checkpoint; a second one stops at once."""

        def cancel(_signal: int, _frame: FrameType | None) -> None:
            if self.control.cancelled:
                raise Interrupted
            self.control.cancel()

        before = signal.signal(signal.SIGINT, cancel)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
