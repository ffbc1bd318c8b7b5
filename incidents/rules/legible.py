"""Texts that people give must be what they look like: signs that nobody sees are named, not taken."""

import re
import unicodedata

from incidents.rules.sentences import worded

# Control signs but tab and line ends; separators of lines and paragraphs, at which many readers end a line; those that
# turn the direction of writing round; and those without width or ink: word joiners, invisible operators, byte order
# marks, annotations, tags, and letters of Hangul and Khmer that are blank. The marks of direction and the joiners
# U+200C and U+200D stay: Arabic, Persian and Indian scripts need them. Selectors of a sign's form stay where there are
# forms to select: behind Mongolian letters, Chinese characters and symbols.
_ALWAYS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180e\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
# Few texts hold any of these, and one class is looked for six times as fast as the cases below.
SUSPECT = re.compile(f"[{_ALWAYS}\u180b-\u180d\u180f\u200b\ufe00-\ufe0f\U000e0100-\U000e01ef]")
ILLEGIBLE = re.compile(
    f"[{_ALWAYS}]"
    # A space without width parts words where they are written without spaces: Thai, Lao, Burmese, Khmer.
    "|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f])\u200b"
    "|(?<![\u1800-\u18af])[\u180b-\u180d\u180f]"
    "|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"
    r"|(?<=[^\W\d_\u3400-\u9fff\uf900-\ufaff])[\ufe00-\ufe0f]"
)
# What a text may hold and nobody sees in a key, by which things are told apart: soft hyphens, marks of direction,
# selectors of a sign's form, blanks, and joiners but behind letters that they change. In Arabic these are letters that
# join the next one: U+200C keeps that from it, and U+200D joins the last one to nothing.
_ARABIC = "\u0620-\u063f\u0641-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0750-\u077f\u08a0-\u08c9"
_JOINING = (
    "\u0620\u0626\u0628\u062a-\u062e\u0633-\u063f\u0641-\u0647\u0649\u064a\u066e\u066f\u0678-\u0687\u069a-\u06bf"
    "\u06c1\u06c2\u06cc\u06ce\u06d0\u06d1\u06fa-\u06fc\u06ff\u0750-\u0758\u075c-\u076a\u076d-\u0770\u0772\u0775-\u077f"
    "\u08a0-\u08a9"
)
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b\u200e\u200f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    f"|(?<![{_JOINING}\u0900-\u18af\ua800-\uabff])[\u200c\u200d]"
    f"|(?<=[{_JOINING}])(?:\u200c(?![{_ARABIC}])|\u200d(?=[{_ARABIC}]))"
)
# What is a letter or a symbol to Unicode and shows nothing: blank braille, and the fillers above.
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def illegible(text: str) -> str:
    """What is wrong with a text that holds such a sign, in a sentence; empty where nothing is."""
    sign = illegible_sign(text)
    told = "It holds %(sign)s, which nobody sees and which changes how the text reads. Leave it out."
    return worded(told, sign=sign) if sign else ""


def too_long(text: str, most: int) -> str:
    """That a reason has more characters than are kept of it, in a sentence."""
    return worded("The reason has %(number)d characters; %(most)d are the most.", number=len(text), most=most)


def illegible_sign(text: str) -> str:
    """The first such sign of a text, as U+202E; empty where there is none."""
    found = SUSPECT.search(text) and ILLEGIBLE.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def illegible_key(key: str) -> str:
    """What is wrong with a key that two may write otherwise though it looks the same; empty where nothing is."""
    found = ILLEGIBLE.search(key) or UNSEEN.search(key)
    if found is None:
        return ""
    return f"It holds U+{ord(found.group()):04X}, which nobody sees: with it and without it are two keys. Leave it out."


def is_written(text: str) -> bool:
    """Whether anything of a text is seen by itself: a letter, a number, a symbol or a point, not a mark or a blank."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in BLANK for sign in text)
