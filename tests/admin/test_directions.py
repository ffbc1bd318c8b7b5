"""Several names in one line are read in the order of the page, whatever letters they are of, in Arabic as in English.

FSI, RLI and PDI are the signs of Unicode (UAX 9) between which a text has a direction of its own.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from incidents.admin import reading
from incidents.admin.naming import describe, in_languages, with_commas, with_semicolons
from incidents.admin.telling import told
from incidents.rules.sentences import worded
from tests import factories

pytestmark = pytest.mark.django_db
FSI, RLI, PDI = "\u2068", "\u2067", "\u2069"
BEFORE = {"attributions": [{"asserted_by": {"names": {}, "name": {"en": "Seen"}}, "role": "x", "confidence": "low"}]}
AFTER = {"attributions": [{"asserted_by": {"names": {}, "name": {"en": "Seen"}}, "role": "x", "confidence": "high"}]}


@pytest.fixture
def arabic() -> Iterator[None]:
    with translation.override("ar"):
        yield


def directions(text: str) -> list[str]:
    """The direction of each isolate that holds letters of its own only in others: where nobody says one, left to right.

    As the rules of Unicode have it (P2): the first strong letter that is in no isolate within.
    """
    found: list[str] = []
    stack: list[list[Any]] = []
    for sign in text:
        if sign in {FSI, RLI}:
            if stack:
                stack[-1][1] = True
            stack.append([sign, False, False])  # its sign, whether it holds isolates, whether it has letters
        elif sign == PDI:
            opened, holds, letters = stack.pop()
            if holds and not letters:
                found.append("right to left" if opened == RLI else "left to right")
        elif stack and sign.isalpha():
            stack[-1][2] = True
    return found


def test_several_names_run_with_the_page(arabic: None) -> None:
    for join, between in ((with_commas, "،"), (with_semicolons, "؛")):
        assert join(["Seen", "Tuwaym"]) == f"{RLI}{FSI}Seen{PDI}{between} {FSI}Tuwaym{PDI}{PDI}"
        assert join(["Seen"]) == f"{FSI}Seen{PDI}"
    assert directions(in_languages({"en": "a", "fr": "b"})) == ["right to left"]


def test_in_english_nothing_is_added() -> None:
    with translation.override("en"):
        assert (with_commas(["a", "b"]), with_semicolons(["a", "b"])) == ("a, b", "a; b")


def test_the_place_of_a_difference_runs_with_the_page(arabic: None) -> None:
    (found,) = reading.differences(BEFORE, AFTER)
    assert "،" in found.where
    assert ", " not in found.where
    # Around all of them stands the isolate of one step, which holds nothing but them and has no order to lose.
    assert "right to left" in directions(found.where)
    assert f"{FSI}{RLI}{FSI}Seen" in found.where


def test_no_english_comma_stands_in_what_rows_and_refusals_are_called(arabic: None) -> None:
    cell = factories.ClaimCellFactory.create(sex="female", age_group="child", value=3)
    refusal = worded("The merged incident would not be valid: %(faults)s", faults=("one", "two"))
    for told_of in (describe(cell), describe(cell.claim), told(refusal)):
        assert "،" in told_of
        assert ", " not in told_of


def test_a_text_in_a_language_is_told_under_the_name_of_that() -> None:
    for language, called in (("en", "English"), ("ar", "الإنجليزيّة")):
        with translation.override(language):
            (found,) = reading.differences({"title": {"en": "Killing"}}, {"title": {"en": "Killings"}})
            assert called in found.where
            assert "en" not in found.where.replace(called, "").strip("\u2068\u2069").split(" › ")
