"""Keeping secrets that must be read again, sealed: by Fernet, under a key derived from SECRET_KEY.

Passwords and API keys are not among them: those are only compared, and stored as digests.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "1"


class SealError(Exception):
    """What is sealed cannot be read; the message says what to do."""


def seal(secret: str) -> str:
    """The secret as it may be stored: "1:" and a Fernet token. The number says how the key was derived."""
    return f"{VERSION}:{_fernet().encrypt(secret.encode()).decode()}"


def unseal(sealed: str) -> str:
    """The secret again, also if it was sealed under one of SECRET_KEY_FALLBACKS; raises SealError."""
    version, _, token = sealed.partition(":")
    try:
        if version == VERSION:
            return _fernet().decrypt(token).decode()
    except InvalidToken:
        pass
    raise SealError(
        "Its signing secret cannot be read, since SECRET_KEY has changed. "
        "Put the earlier key into SECRET_KEY_FALLBACKS, or rotate the secret."
    )


def readable(sealed: str) -> bool:
    """Whether the secret can still be read."""
    try:
        unseal(sealed)
    except SealError:
        return False
    return True


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_key(each)) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret_key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hid webhook secrets 1").derive(secret_key.encode())
    return base64.urlsafe_b64encode(derived)
