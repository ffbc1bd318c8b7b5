"""The key that signs sessions and cursors.

Production names one; a developer's machine makes one and keeps it in var/.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def secret_key(given: str, *, debug: bool, file: Path) -> str:
    """The given key, or with ``debug`` one made once and kept in ``file``."""
    if given:
        return given
    if not debug:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to 50 random characters or more, or set DEBUG=true on your own machine."
        )
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(get_random_secret_key(), encoding="utf-8")
    return file.read_text(encoding="utf-8")
