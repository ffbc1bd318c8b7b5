"""Keys that look the same are the same: what nobody sees in one is refused, what changes how it looks is not."""

import pytest

from incidents.rules.legible import ILLEGIBLE, SUSPECT, illegible_key


@pytest.mark.parametrize(
    "key",
    [
        "درعا-٢٠٢٥\u200c-٧",  # behind a digit
        "رد\u200cود",  # behind a letter that never joins the next one
        "ملف\u200c",  # before nothing that it would keep apart
        "ملف\u200c-7",
        "م\u200dلف",  # between letters that are joined anyway
        "a\u200cb",
        "file\u00ad7",
        "م\u180bلف",
        "\u200f7",
    ],
)
def test_a_sign_that_changes_nothing_is_refused(key: str) -> None:
    assert "two keys. Leave it out." in illegible_key(key)


@pytest.mark.parametrize("key", ["می\u200cشود", "1446ه\u200d", "ک\u200cس", "क्\u200dष", "درعا-٢٠٢٥-٧", "OHCHR/7 b"])
def test_one_that_changes_how_it_looks_is_taken(key: str) -> None:
    assert illegible_key(key) == ""


def test_whatever_is_refused_is_suspected_first() -> None:
    signs = map(chr, [*range(0xD800), *range(0xE000, 0x110000)])
    assert [sign for sign in signs if ILLEGIBLE.search(f"a{sign}") and not SUSPECT.search(sign)] == []
