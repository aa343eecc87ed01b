"""Making a profile from a terminal: its lock chosen, its recovery code shown once."""

import getpass
import sys

from engine.assistant import Assistant
from engine.cli.session import Session
from engine.errors import InputRefused, KeyProblem
from engine.store.values import NewLock, WithKeyFile, WithKeyring, WithPassphrase
from engine.words import explain, say


def make_profile(session: Session, *, with_passphrase: bool = False) -> Assistant:
    """Make it and leave it open: behind the key file named, else the keyring, else (or when asked) a passphrase."""
    try:
        assistant, code = Assistant.create(session.root, _lock(session, with_passphrase=with_passphrase))
    except KeyProblem as error:
        if not sys.stdin.isatty() or session.key_file is not None or with_passphrase:
            raise
        session.err.print(explain(error).message)
        assistant, code = Assistant.create(session.root, _passphrase(session))
    session.result(
        {"profile": str(session.root), "recovery_code": code},
        [say("cli.profile_made", path=session.root, code=code)],
    )
    return assistant


def _lock(session: Session, *, with_passphrase: bool) -> NewLock:
    if session.key_file is not None:
        return WithKeyFile(session.key_file)
    return _passphrase(session) if with_passphrase else WithKeyring()


def _passphrase(session: Session) -> WithPassphrase:
    if not sys.stdin.isatty():
        raise KeyProblem("key_needed", path=str(session.root))
    first = getpass.getpass(say("cli.new_passphrase"), stream=sys.stderr)
    if getpass.getpass(say("cli.repeat_passphrase"), stream=sys.stderr) != first:
        raise InputRefused("passphrases_differ")
    return WithPassphrase(first)
