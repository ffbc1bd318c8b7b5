"""Texts that people give must be what they look like: signs that nobody sees are named, not taken."""

import re

# Control signs but tab and line ends, and those that turn the direction of writing round.
ILLEGIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def illegible(text: str) -> str:
    """What is wrong with a text that holds such a sign, in a sentence; empty where nothing is."""
    found = ILLEGIBLE.search(text)
    if found is None:
        return ""
    sign = f"U+{ord(found.group()):04X}"
    return f"It holds {sign}, which nobody sees and which changes how the text reads. Leave it out."


def is_written(text: str) -> bool:
    """Whether anything of a text is seen: blanks and signs without width are nothing."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)
