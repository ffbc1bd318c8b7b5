"""How much one request may hold: bounded in all, so that nobody keeps the database for longer than others wait."""

from typing import Any

import pytest

from incidents.documents.submissions import MOST_CELLS, MOST_NAMES
from incidents.models import Submission
from incidents.rules.refusals import Fault, Refused
from incidents.rules.submissions import submitting
from incidents.rules.submissions.contents import rows_of
from incidents.rules.submissions.submitting import MOST_ROWS_AT_ONCE
from tests.contributions import sender, tuwaym

pytestmark = pytest.mark.django_db


def with_cells(*numbers: int) -> dict[str, Any]:
    """Tuwaym with a claim for each number of cells."""
    content = tuwaym(external_reference=None, attributions=None, actors=None)
    claim = content["claims"][0]
    ages = ("child", "adult", "older_person", "infant", "young_child")
    content["claims"] = [
        claim | {"key": f"k{place}", "value": 100 + place, "cells": [
            {"cut": 1 + each // len(ages), "age_group": ages[each % len(ages)], "value": 1} for each in range(number)
        ]}
        for place, number in enumerate(numbers)
    ]  # fmt: skip
    return content


def refusal(take: Any, *args: Any, **more: Any) -> Fault:
    with pytest.raises(Refused) as refused:
        take(*args, **more)
    (fault,) = refused.value.faults
    return fault


@pytest.mark.parametrize("take", [submitting.submit, submitting.trial])
def test_cells_are_bounded_in_all_claims_of_a_submission(take: Any) -> None:
    full = [200] * (MOST_CELLS // 200)
    fault = refusal(take, sender(), with_cells(*full, 1))
    assert (fault.pointer, fault.code) == (f"/claims/{len(full)}/cells", "length")
    assert "2,001 cells; 2,000 are the most in one submission" in fault.detail


def test_as_many_as_may_be_are_taken() -> None:
    assert submitting.submit(sender(), with_cells(*[200] * (MOST_CELLS // 200))).pk


@pytest.mark.parametrize("content", [{"claims": 1}, {"claims": [1, {"cells": 2}]}, [], "x", None])
def test_what_has_not_the_shape_is_refused_for_that(content: Any) -> None:
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    assert "length" not in {fault.code for fault in refused.value.faults}


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize("take", [submitting.submit_many, submitting.trial_of_many])
def test_rows_are_bounded_in_all_items_of_a_bulk(take: Any, atomic: bool) -> None:
    item = with_cells(*[10] * 30)
    fits = MOST_ROWS_AT_ONCE // rows_of(item)
    fault = refusal(take, sender(), [item] * (fits + 1), atomic=atomic)
    assert (fault.pointer, fault.code) == (f"/items/{fits}", "length")
    assert "5,000 are the most at once. Send it and those after it in another request." in fault.detail
    assert not Submission.objects.exists()


def test_five_hundred_plain_ones_are_within_the_bound() -> None:
    assert 500 * rows_of(tuwaym()) <= MOST_ROWS_AT_ONCE
    assert rows_of(tuwaym()) == 10


LANGUAGES = ("en", "fr", "es", "ar", "de", "it", "pt", "nl", "pl", "ru")


def with_names(*numbers: int, actors: int = 0, bulk: str = "") -> dict[str, Any]:
    """Tuwaym with as many more sources as there are numbers, each with so many names, and an actor with `actors`."""
    content = tuwaym(external_reference=None)
    content["sources"] += [
        {"key": f"s{place}", "kind": "local_monitor", "names": names(number, f"{bulk} {place}")}
        for place, number in enumerate(numbers)
    ]
    content["actors"] += [{**content["actors"][0], "key": "more", "names": names(actors, bulk)}] if actors else []
    return content


def names(number: int, of: str) -> dict[str, str]:
    return {language: f"Monitors {of} {language}" for language in LANGUAGES[:number]}


@pytest.mark.parametrize("take", [submitting.submit, submitting.trial])
def test_names_are_bounded_in_all_sources_and_actors_of_a_submission(take: Any) -> None:
    full = [10] * (MOST_NAMES // 10 - 1)  # and those of Tuwaym itself, two
    fault = refusal(take, sender(), with_names(*full, 10))
    assert (fault.pointer, fault.code) == ("/sources/20/names", "length")
    fault = refusal(take, sender(), with_names(*full, 3, actors=7))
    assert (fault.pointer, fault.code) == ("/actors/1/names", "length")
    assert "202 names of sources and actors, counted by language; 200 are the most in one submission" in fault.detail


def test_as_many_names_as_may_be_are_taken() -> None:
    full = [10] * (MOST_NAMES // 10 - 1)
    assert submitting.submit(sender(), with_names(*full, 8)).pk


@pytest.mark.parametrize("content", [{"sources": 1}, {"sources": [1, {"names": 2}]}, {"actors": {"names": []}}])
def test_names_without_the_shape_are_refused_for_that(content: Any) -> None:
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    assert "length" not in {fault.code for fault in refused.value.faults}


def test_each_name_is_a_row_of_a_bulk() -> None:
    items = [with_names(*[10] * 10, bulk=str(number)) for number in range(50)]
    fits = MOST_ROWS_AT_ONCE // rows_of(items[0])
    assert fits < 50
    fault = refusal(submitting.submit_many, sender(), items, atomic=False)
    assert (fault.pointer, fault.code) == (f"/items/{fits}", "length")


@pytest.mark.parametrize(("sign", "fits"), [("\ufdfa", 27), ("\u00df", 250)])
def test_a_name_is_bounded_as_it_is_compared(sign: str, fits: int) -> None:
    content = tuwaym(external_reference=None)
    content["actors"][0]["names"]["ar"] = sign * (fits + 1)
    fault = refusal(submitting.submit, sender(), content)
    assert (fault.pointer, fault.code) == ("/actors/0/names/ar", "max_length")
    assert "500 are the most" in fault.detail
    content["actors"][0]["names"]["ar"] = sign * fits
    assert submitting.submit(sender(), content).pk


@pytest.mark.parametrize(
    ("steps", "value", "said"),
    [
        (("incident", "kind"), "massacre", "write one of killing_event"),
        (("claims", 0, "qualifier"), "approx", "write one of exact, about"),
        (("claims", 0, "measure"), "dead", "see /api/v1/vocabularies/measure/"),
        (("claims", 0, "measure"), "kiled", "did you mean 'killed'"),
        (("incident", "title"), "Tuwaym", 'by language, as in {"en": "Tuwaym"}, and not as str'),
        (("incident", "place", "country"), "Syria", "by three letters"),
        (("documents", 0, "sha256"), "abc", "64 hexadecimal digits"),
        (("documents", 0, "language"), "Arabic?", "the code of a language"),
    ],
)
def test_each_fault_says_what_to_write_instead(steps: tuple[Any, ...], value: Any, said: str) -> None:
    content: Any = tuwaym()
    inner = content
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    (fault,) = (each for each in refused.value.faults if each.pointer == "/" + "/".join(map(str, steps)))
    assert said in fault.detail
