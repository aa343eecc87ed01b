"""How failures cross from a child: our own errors as they are, anything else by name, a death with its likely cause."""

import signal
from typing import Final

import engine.errors
from engine.errors import HearthsideError
from engine.words import say
from engine.workers.messages import Failed

_EXPLAINED: Final = {"SIGKILL", "SIGXCPU", "SIGXFSZ", "SIGSEGV", "SIGBUS", "SIGABRT", "SIGSYS", "SIGILL"}


def describe(error: Exception) -> Failed:
    """In the child: what to send for `error`."""
    if not isinstance(error, HearthsideError):
        return Failed("", type(error).__name__, {})
    shared = next(kind for kind in type(error).__mro__ if kind.__module__ == engine.errors.__name__)
    return Failed(shared.__name__, error.code, {name: _plain(value) for name, value in error.fields.items()})


def revive(failed: Failed, worker: str) -> HearthsideError:
    """In the parent: the error to raise. Only classes of engine.errors are ever made."""
    if not failed.kind:
        return HearthsideError("worker_failed", worker=worker, reason=failed.code)
    kind = getattr(engine.errors, failed.kind, HearthsideError)
    if not (isinstance(kind, type) and issubclass(kind, HearthsideError)):
        kind = HearthsideError
    return kind(failed.code, **failed.fields)


def crashed(worker: str, returncode: int, last_words: str) -> HearthsideError:
    """`returncode` as subprocess gives it: negative for a signal.

    `last_words` may hold content: they are a note, which only a traceback shows, never a field, which errors print.
    """
    how = _name(returncode)
    why = say(f"workers.{how}" if how in _EXPLAINED else "workers.unexplained")
    error = HearthsideError("worker_crashed", worker=worker, how=how, why=why)
    if last_words:
        error.add_note(f"The last words of the worker {worker}:\n{last_words}")
    return error


def _plain(value: object) -> object:
    """Fields are for words: paths and the like go as text."""
    return value if isinstance(value, str | int | float | None) else str(value)


def _name(returncode: int) -> str:
    if returncode >= 0:
        return f"exit {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
