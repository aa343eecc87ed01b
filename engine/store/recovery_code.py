"""The recovery code: a random secret written so that a person can copy it from paper, with a check against slips."""

import secrets

from engine.errors import KeyProblem

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": "", "\n": "", "\t": ""})
_RANDOM = 30  # characters of 5 bits: 150 bits
_PRIME = 1021  # the largest below 32 ** 2
_GROUP = 4


def new_recovery_code() -> str:
    """Eight groups of four characters, as "7K3M-…-9Q2D"."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    code = random + _check(random)
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def secret_of(code: str) -> bytes:
    """The secret that `code` stands for, however it was typed (case, spaces, O for 0).

    Raises KeyProblem("recovery_code_mistyped") when a character is missing or wrong.
    """
    characters = code.upper().translate(_READ_AS)
    random, check = characters[:_RANDOM], characters[_RANDOM:]
    if len(random) != _RANDOM or not set(random) <= set(_ALPHABET) or check != _check(random):
        raise KeyProblem("recovery_code_mistyped")
    return random.encode()


def _check(random: str) -> str:
    """Two characters that differ whenever one character, or the order of two neighbours, differs."""
    value = 0
    for character in random:
        value = (value * len(_ALPHABET) + _ALPHABET.index(character)) % _PRIME
    return _ALPHABET[value // len(_ALPHABET)] + _ALPHABET[value % len(_ALPHABET)]
