"""The search normal form of a text: what makes two spellings of one name agree.

It is plain Python, so that SQLite and PostgreSQL find the same rows; what is stored and searched
is decided by the models that call it.
"""

import re
import unicodedata

_REMOVED = ""
_SPACE = " "

_ARABIC_LETTERS = {
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ٲ": "ا",
    "ٳ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ڪ": "ك",
    "ة": "ه",
    "ۃ": "ه",
    "ہ": "ه",
    "ھ": "ه",
    # What Kurdish writes as one letter, and older texts as a heh and a joiner that keeps it apart.
    "ە": "ه",
    "ۀ": "ه",
    "ے": "ي",
}

# Latin letters whose stroke or hook is part of the letter, so that no decomposition removes it.
_LATIN_LETTERS = {
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "ŧ": "t",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ɓ": "b",
    "ɗ": "d",
    "ƙ": "k",
    "ƴ": "y",
}

# Signs for ayn, hamza and elision stand inside a word; other punctuation stands between words.
_APOSTROPHES = frozenset("'`´‘’‛′ʹʺʻʼʽʾʿˈˊˋ՚׳ꞌ")

_ELISION = re.compile(rf"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)[{''.join(_APOSTROPHES)}](?=\w)", re.IGNORECASE)

# (first, last) of the marks written on a letter: Latin, Greek and Cyrillic; Hebrew; Arabic; and selectors of its form.
_MARKS = (
    (0x0300, 0x036F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A),
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0x08CA, 0x08E1),
    (0x08E3, 0x08FF),
    (0x180B, 0x180F),
    (0xE0100, 0xE01EF),
)
_FIRST_UNREMEMBERED = 0x10000


def _folded_character(character: str) -> str:
    """One composed, casefolded character in its search form; empty if it carries no sound."""
    point = ord(character)
    if character in _APOSTROPHES or any(first <= point <= last for first, last in _MARKS):
        return _REMOVED
    if character in _ARABIC_LETTERS:
        return _ARABIC_LETTERS[character]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in {"Cf", "Cs", "Sk"}:
        return _REMOVED
    if category[0] in "PSZ" or category == "Cc":
        return _SPACE
    bare = "".join(part for part in unicodedata.normalize("NFD", character) if not _is_european_mark(part))
    return unicodedata.normalize("NFC", "".join(_LATIN_LETTERS.get(part, part) for part in bare))


def _is_european_mark(character: str) -> bool:
    return 0x0300 <= ord(character) <= 0x036F


class _Table(dict[int, str]):
    """Search forms by code point, remembered below U+10000 only: bounded whatever is asked."""

    def __missing__(self, point: int) -> str:
        folded = _folded_character(chr(point))
        if point < _FIRST_UNREMEMBERED:
            self[point] = folded
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """The search normal form of `text`: words in lower case, separated by single spaces.

    Compatibility forms are resolved (NFKC, so Arabic presentation forms become letters), vowel
    signs, tatweel, diacritics, apostrophes and invisible controls go, punctuation becomes a space,
    digits of any script become ASCII. Alef, yeh, kaf and heh take one form each, as in Lucene's
    Arabic normaliser; like it, we keep hamza on its seat (ئ, ؤ) and alone (ء), because writers of
    names keep it too and dropping it would join different words. Folding twice changes nothing.
    """
    if not text.isascii():
        # An acute accent standing alone is an apostrophe; NFKC would make it a space.
        text = unicodedata.normalize("NFKC", text.replace("´", "'"))
    folded = text.casefold()
    while True:
        composed = unicodedata.normalize("NFKC", folded).casefold().translate(_TABLE)
        if composed == folded:
            return " ".join(folded.split())
        folded = composed


def sought(text: str) -> tuple[str, ...]:
    """The words to look for, as parts of words: a French article or particle before an apostrophe is none of them.

    Who writes l'Ouham means Ouham; who writes d'Ivoire finds Côte d'Ivoire by its second half.
    """
    return tokens(_ELISION.sub(" ", text)) or tokens(text)


def tokens(text: str) -> tuple[str, ...]:
    """The words of `text` in search normal form, in order; empty for a text without any."""
    return tuple(fold(text).split())
