"""Names of places and addresses of reports as they are compared, however somebody wrote them. Plain values."""

import re
from urllib.parse import unquote

from rapidfuzz import fuzz

from incidents.models.folding import fold
from incidents.models.places import core_name

SETTLEMENTS = frozenset({"village", "town", "city", "camp", "قريه", "بلده", "مدينه", "مخيم"})
# What stands between a place and what it lies in; a hyphen within a name has no spaces around it.
PARTED = re.compile(r"[;,،؛()/]|\s[-\u2013\u2014]\s")
ALIKE = 88  # per cent of letters: "Tuwaym" and "Tuwayim" are 92, "Tuwaym" and "Tartus" 33
_ARTICLE = re.compile(r"\bال(?=\w{3})")
_BRACKETS = re.compile(r"[(\[\uff08]([^()\[\]\uff08\uff09]+)[)\]\uff09]")
_ENCODED = re.compile(r"(?:%[89A-F][0-9A-F])+", re.IGNORECASE)


def place_name(text: str) -> str:
    """The most specific name in a place as written, in search normal form: "Boda town; Lobaye prefecture" is boda."""
    first = core_name(fold(next(filter(str.strip, PARTED.split(text)), "")))
    words = [word for word in first.split() if word not in SETTLEMENTS]
    return " ".join(words) or first


def alike(ours: str, theirs: str) -> bool:
    """Whether two names in search normal form may be one, with the Arabic article or without it."""
    ours, theirs = (_ARTICLE.sub("", name) for name in (ours, theirs))
    return ours == theirs or fuzz.ratio(ours, theirs, score_cutoff=ALIKE) > 0


def without_article(name: str) -> str:
    """A name in search normal form in one word, without the Arabic article."""
    return _ARTICLE.sub("", name).replace(" ", "")


def in_brackets(text: str) -> frozenset[str]:
    """What a name has in brackets, by `without_article`: an abbreviation, or what others call it."""
    return frozenset(without_article(fold(part)) for part in _BRACKETS.findall(text)) - {""}


def bare_address(url: str) -> str:
    """A web address without what makes two copies of it differ: scheme, www, case, fragment and last slash.

    Letters beyond ASCII read as they are, whether a copy has them so or their bytes in per cent.
    """
    written = _ENCODED.sub(lambda found: unquote(found.group()), url)
    return re.sub(r"^(https?://)?(www\.)?", "", written.lower()).split("#")[0].rstrip("/")
