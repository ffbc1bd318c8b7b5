"""One place and one report, however they are written."""

from urllib.parse import quote

import pytest

from incidents.rules.sameness.spelling import alike, bare_address, place_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Boda town; Lobaye prefecture", "boda"),
        ("Tuwaym village, Hama", "tuwaym"),
        ("قرية التويم، حماة", "التويم"),
        ("كفرنوران؛ ريف حلب الغربي", "كفرنوران"),
        ("كفرنوران - ريف حلب الغربي", "كفرنوران"),
        ("كفرنوران (ريف حلب الغربي)", "كفرنوران"),
        ("كفرنوران / حلب", "كفرنوران"),
        ("(Hama) Tuwaym", "hama"),
        ("Deir ez-Zor", "deir ez zor"),
        ("Village", "village"),
        ("", ""),
    ],
)
def test_the_most_specific_name_of_a_place_is_compared(text: str, name: str) -> None:
    assert place_name(text) == name


@pytest.mark.parametrize(
    ("ours", "theirs", "like"),
    [
        ("الطويم", "طويم", True),
        ("الطويم", "الطويبة", False),
        ("الحسينية", "الحسينيه", True),
        ("Tuwaym", "Tuwayim", True),
        ("Tuwaym", "Tartus", False),
    ],
)
def test_a_village_is_one_with_its_article_and_without(ours: str, theirs: str, like: bool) -> None:
    assert alike(place_name(ours), place_name(theirs)) == like


def test_an_address_is_one_however_its_letters_are_written() -> None:
    written, copied = "https://ar.example.org/تقارير/حافلة", "http://www.ar.example.org/" + quote("تقارير/حافلة")
    assert bare_address(copied + "/#top") == bare_address(written) == "ar.example.org/تقارير/حافلة"
    assert bare_address("https://example.org/a%2Fb?c=%41") == "example.org/a%2fb?c=%41"
    assert bare_address("https://example.org/%ff") == bare_address("https://example.org/%FF")
