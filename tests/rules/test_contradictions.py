"""What contradicts itself in a submission is told all at once, each with its member and what to write instead."""

from typing import Any

import pytest

from incidents.models import Submission
from incidents.rules.refusals import Refused
from incidents.rules.submissions import submitting
from tests.contributions import publish_version, sender, tuwaym

pytestmark = pytest.mark.django_db
SAID = ("key", "asserted_by", "document", "measure")
FIRST, LATER = "2025-03-05", "2025-03-07"


def refused(content: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The faults of a content, by pointer: code and sentence."""
    with pytest.raises(Refused) as found:
        submitting.trial(sender(), content)
    assert not Submission.objects.exists()
    return {fault.pointer: (fault.code, str(fault.detail)) for fault in found.value.faults}


def told(**claim: Any) -> dict[str, str]:
    """The codes for a claim that says so, by the member."""
    content = tuwaym()
    content["claims"] = [{name: content["claims"][0][name] for name in SAID} | claim]
    return {where.removeprefix("/claims/0/"): code for where, (code, _) in refused(content).items()}


def test_faults_of_days_place_and_claims_are_told_together() -> None:
    content = tuwaym()
    content["incident"]["dates"] = {"start_earliest": LATER, "start_latest": FIRST}
    content["incident"]["place"] = {"country": "QQQ", "precision": "exact"}
    content["claims"][0] |= {"low": 4, "document": "articel", "covers_from": LATER, "covers_to": FIRST}
    found = refused(content)
    assert {where: code for where, (code, _) in found.items()} == {
        "/incident/dates/start_latest": "contradiction",
        "/incident/place/precision": "contradiction",
        "/incident/place/country": "unknown_area",
        "/claims/0/low": "not_allowed",
        "/claims/0/document": "unknown_reference",
        "/claims/0/covers_to": "contradiction",
    }
    assert found["/incident/dates/start_latest"][1] == (
        "start_latest 2025-03-05 lies before start_earliest 2025-03-07; write 2025-03-07 or a later day, correct "
        "start_earliest, or leave start_latest out."
    )


@pytest.mark.parametrize(
    ("dates", "members"),
    [
        ({"end_earliest": FIRST}, {"end_earliest"}),
        ({"end_latest": FIRST}, {"end_latest"}),
        ({"start_latest": "2025-03-09", "end_latest": "2025-03-08"}, {"end_latest"}),
        ({"end_earliest": "2025-03-09", "end_latest": "2025-03-08"}, {"end_latest"}),
        ({"start_latest": FIRST, "end_latest": FIRST}, {"start_latest", "end_latest"}),
    ],
)
def test_each_day_that_lies_too_early_is_named(dates: dict[str, str], members: set[str]) -> None:
    content = tuwaym()
    content["incident"]["dates"] = {"start_earliest": LATER, **dates}
    assert refused(content).keys() == {f"/incident/dates/{name}" for name in members}


@pytest.mark.parametrize(
    ("claim", "codes"),
    [
        ({"qualifier": "exact"}, {"value": "required"}),
        ({"qualifier": "exact", "value": 3, "vague_term": "dozens"}, {"vague_term": "not_allowed"}),
        ({"qualifier": "range", "value": 3}, {"low": "required", "high": "required"}),
        ({"qualifier": "range", "low": 9, "high": 4}, {"high": "contradiction"}),
        ({"qualifier": "range", "low": 2, "value": 9, "high": 4}, {"high": "contradiction"}),
        ({"qualifier": "vague", "value": 3}, {"vague_term": "required", "value": "not_allowed"}),
        ({"qualifier": "at_least", "value": 3, "cells": [{"sex": "female"}]}, {"cells/0": "required"}),
        (
            {"qualifier": "at_least", "value": 3, "cells": [{"sex": "female", "low": 2, "high": 1}]},
            {"cells/0/high": "contradiction"},
        ),
    ],
    ids=str,
)
def test_each_figure_that_does_not_fit_is_named(claim: dict[str, Any], codes: dict[str, str]) -> None:
    assert told(**claim) == codes


@pytest.mark.parametrize(
    "claim",
    [
        {"qualifier": "range", "low": 2, "value": 3, "high": 3},
        {"qualifier": "vague", "vague_term": "dozens", "value": None},
        {"qualifier": "more_than", "value": 0, "low": None},
    ],
    ids=str,
)
def test_what_fits_is_taken(claim: dict[str, Any]) -> None:
    content = tuwaym()
    content["claims"] = [{name: content["claims"][0][name] for name in SAID} | claim]
    assert submitting.submit(sender(), content).state == "submitted"


@pytest.mark.parametrize("title", [{}, {"en": " "}, {"en": "\N{GRINNING FACE}"}, {"en": "\u0301"}])
def test_what_has_a_name_keeps_a_word_of_it(title: dict[str, str]) -> None:
    first = publish_version(tuwaym(), sender())
    assert first.incident is not None
    told = {"reason": "Wrong", "changes": {"title": title}}
    contents = (
        {"type": "correction", "about": str(first.incident.public_id), "correction": told},
        {"type": "investigation", "investigation": {"type": "un_coi", "names": title}},
    )
    for content, where in zip(contents, ("/correction/changes/title", "/investigation/names"), strict=True):
        with pytest.raises(Refused) as found:
            submitting.trial(sender(), content)
        assert {fault.pointer.removesuffix("/en") for fault in found.value.faults} == {where}


def test_two_events_of_an_inquiry_have_two_keys() -> None:
    events = [{"key": "e1", "kind": kind, "on": "2025-03-09"} for kind in ("announced", "extended")]
    facts = {"type": "un_coi", "names": {"en": "Commission"}, "events": events}
    facts["deadlines"] = [{"due_on": "2025-06-09", "basis": "stated", "set_by": "e1"}]
    found = refused({"type": "investigation", "investigation": facts})
    assert {where: code for where, (code, _) in found.items()} == {"/investigation/events/1/key": "unique"}


def test_a_claim_is_retracted_once() -> None:
    first = publish_version(tuwaym(), sender())
    assert first.incident is not None
    gone = {"claim": str(first.incident.claims.get().public_id), "reason": "Counted twice"}
    told = {"reason": "Wrong", "retractions": [gone, gone]}
    with pytest.raises(Refused) as found:
        submitting.trial(sender(), {"type": "correction", "about": str(first.incident.public_id), "correction": told})
    assert [(fault.pointer, fault.code) for fault in found.value.faults] == [
        ("/correction/retractions/1/claim", "unique")
    ]


@pytest.mark.parametrize("written", ["1_0", "1_000"])
def test_a_number_is_written_as_people_write_it(written: str) -> None:
    content = tuwaym()
    content["claims"][0]["value"] = written
    content["incident"]["place"]["point"] = {"lat": "3_5.0", "lon": 36.0}
    assert {where: code for where, (code, _) in refused(content).items()} == {
        "/claims/0/value": "invalid",
        "/incident/place/point/lat": "invalid",
    }


@pytest.mark.parametrize(
    ("of_all", "of_civilians", "faults"),
    [
        ({"qualifier": "exact", "value": 7}, {"qualifier": "exact", "value": 24}, ["/claims/1/value"]),
        ({"qualifier": "at_most", "value": 7}, {"qualifier": "range", "low": 8, "high": 9}, ["/claims/1/low"]),
        ({"qualifier": "exact", "value": 7}, {"qualifier": "at_least", "value": 8, "document": None}, []),
        ({"qualifier": "exact", "value": 7}, {"qualifier": "at_most", "value": 24}, []),
        ({"qualifier": "exact", "value": 24}, {"qualifier": "exact", "value": 24}, []),
        ({"qualifier": "at_least", "value": 7}, {"qualifier": "exact", "value": 24}, []),
        ({"qualifier": "exact", "value": 7, "as_of": "2025-03-08"}, {"qualifier": "exact", "value": 24}, []),
        (
            {"qualifier": "exact", "value": 7, "unit": "person"},
            {"qualifier": "exact", "value": 24},
            ["/claims/1/value"],
        ),
        ({"qualifier": "exact", "value": 7}, {"qualifier": "exact", "value": 24, "scope": "narrower"}, []),
        ({"qualifier": "exact", "value": 7}, {"qualifier": "exact", "value": 24, "running_total": True}, []),
        ({"qualifier": "exact", "value": 7, "unit": "family"}, {"qualifier": "exact", "value": 24}, []),
        (
            {"qualifier": "exact", "value": 7, "key": "first"},
            {"qualifier": "exact", "value": 24, "supersedes": "first"},
            [],
        ),
    ],
)
def test_a_source_does_not_say_fewer_of_all_than_of_some(of_all: Any, of_civilians: Any, faults: list[str]) -> None:
    content = tuwaym(attributions=None)
    first = {name: content["claims"][0][name] for name in ("asserted_by", "document", "measure")}
    second = first | {"status": "civilian"} | of_civilians
    if second["document"] is None:  # it stands elsewhere
        content["documents"].append(content["documents"][0] | {"key": "other", "title": {"en": "Another"}})
        second["document"] = "other"
    content["claims"] = [first | {"status": "all"} | of_all, second]
    if faults:
        assert [(where, code) for where, (code, _) in refused(content).items()] == [(faults[0], "contradiction")]
    else:
        assert submitting.trial(sender(), content).estimates


@pytest.mark.parametrize("where", ["/investigation/events/0/on", "/investigation/deadlines/0/due_on"])
def test_days_are_written_in_ascii_digits(where: str) -> None:
    said = {"events": [{"kind": "announced", "on": "2025-03-09"}], "deadlines": [{"due_on": "2025-04-08"}]}
    _, _, part, _, name = where.split("/")
    said[part][0][name] = "٢٠٢٥-٠٣-٢٠"
    content = {"type": "investigation", "investigation": {"type": "nhri", "names": {"en": "Commission"}, **said}}
    assert {pointer: code for pointer, (code, _) in refused(content).items()} == {where: "invalid"}
