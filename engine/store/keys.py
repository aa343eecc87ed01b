"""The profile's data key, and the locks around it: the OS keyring, a passphrase or a key file, and a recovery code."""

import os

from engine.errors import HearthsideError

_FORMAT = b"\x01"
_NONCE_BYTES = 12


class DataKey:
    """The random 256-bit key of one profile. Nothing is encrypted with it directly: each purpose gets its own."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a data key has 32 bytes")
        self._secret = secret

    def derive(self, purpose: str) -> bytes:
        """32 bytes for `purpose` (HKDF-SHA256), the same each time; of no help in finding any other purpose's."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length=32, salt=None, info=b"hearthside " + purpose.encode()).derive(self._secret)

    def seal(self, data: bytes, purpose: str) -> bytes:
        """`data` encrypted and authenticated (ChaCha20-Poly1305) for `purpose`; it opens for no other."""
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        nonce = os.urandom(_NONCE_BYTES)
        cipher = ChaCha20Poly1305(self.derive(f"seal {purpose}"))
        return _FORMAT + nonce + cipher.encrypt(nonce, data, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for `purpose`. Raises HearthsideError("sealed_damaged") if one bit differs."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _FORMAT or len(nonce) < _NONCE_BYTES:
            raise HearthsideError("sealed_damaged", purpose=purpose)
        try:
            return ChaCha20Poly1305(self.derive(f"seal {purpose}")).decrypt(nonce, rest, purpose.encode())
        except InvalidTag as error:
            raise HearthsideError("sealed_damaged", purpose=purpose) from error

    def __repr__(self) -> str:
        return "DataKey(…)"
