"""What a change of a submission may be written as: its media type, and the version that it is for."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.publishing import publish
from tests.contract.validation import CheckedClient
from tests.contributions import tuwaym
from tests.factories import InvestigationFactory
from tests.keys import bearer, send

pytestmark = pytest.mark.django_db
URL = "/api/v1/submissions/"


@pytest.fixture
def where(api: CheckedClient, ngo: NewKey) -> str:
    return str(send(api, ngo, "POST", URL, tuwaym())["Location"])


def written(client: Client, key: NewKey, method: str, where: str, body: Any, media_type: str) -> Any:
    headers = bearer(key) | {"if-match": '"1"'}
    return client.generic(method, where, json.dumps(body), content_type=media_type, headers=headers)


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json; charset=utf-8"])
def test_a_change_is_a_merge_patch_and_may_say_so(api: CheckedClient, ngo: NewKey, where: str, media_type: str) -> None:
    answer = written(api, ngo, "PATCH", where, {"note": "Mended"}, media_type)
    assert (answer.status_code, answer.json()["note"]) == (200, "Mended")


def test_a_fault_says_where_the_codes_are_and_what_a_day_is(api: CheckedClient, ngo: NewKey) -> None:
    content = tuwaym()
    content["incident"]["dates"]["start_earliest"] = "2025-13-01"
    content["claims"][0]["measure"] = "nope"
    told = {each["pointer"]: each["detail"] for each in send(api, ngo, "POST", URL, content).json()["errors"]}
    assert told["/incident/dates/start_earliest"].startswith("It is no day of the calendar as YYYY-MM-DD")
    (address,) = re.findall(r"see (/\S+)\.$", told["/claims/0/measure"])
    assert api.get(address).status_code == 200


def test_who_would_correct_an_inquiry_is_told_how(api: CheckedClient, ngo: NewKey) -> None:
    inquiry = InvestigationFactory()
    publish([inquiry])
    about = {"about": str(inquiry.public_id)}
    correction = {"type": "correction", "correction": {"reason": "Typo", "changes": {"kind": "burial"}}}
    (fault,) = send(api, ngo, "POST", URL, correction | about).json()["errors"]
    assert "is an investigation: send what is new or otherwise of it as type 'investigation'" in fault["detail"]
    (fault,) = send(api, ngo, "POST", URL, {"type": "investigation", "investigation": {}} | about).json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/investigation", "required")


def test_what_is_no_merge_patch_does_not_say_so(api: CheckedClient, ngo: NewKey, where: str) -> None:
    assert written(api, ngo, "POST", URL, tuwaym(), "application/merge-patch+json").status_code == 415
    assert written(api, ngo, "PATCH", where, {"note": "x"}, "application/json-patch+json").status_code == 415
    deep = '{"note": ' + "[" * 40 + "]" * 40 + "}"
    headers = bearer(ngo) | {"if-match": '"1"'}
    answer = api.generic("PATCH", where, deep, content_type="application/merge-patch+json", headers=headers)
    assert answer.status_code == 400


def test_the_etag_of_a_compressed_answer_names_the_version(api: CheckedClient, ngo: NewKey, where: str) -> None:
    packed = send(Client(), ngo, "GET", where, accept_encoding="gzip")
    assert packed["ETag"] == 'W/"1"'
    assert send(api, ngo, "PATCH", where, {"note": "Mended"}, if_match=packed["ETag"]).status_code == 200


def test_several_etags_are_refused_with_what_to_send(api: CheckedClient, ngo: NewKey, where: str) -> None:
    answer = send(api, ngo, "PATCH", where, {"note": "Mended"}, if_match='"1", "3"')
    assert answer.status_code == 412
    assert "names several; send the one that you read" in answer.json()["detail"]


def test_a_mistyped_member_of_a_patch_is_refused_though_it_only_takes_something_out(
    api: CheckedClient, ngo: NewKey, where: str
) -> None:
    answer = written(api, ngo, "PATCH", where, {"atributions": None, "incident": {"sumary": None}}, "application/json")
    assert answer.status_code == 400
    told = {error["pointer"]: (error["code"], error["detail"]) for error in answer.json()["errors"]}
    assert told == {
        "/atributions": ("unknown_field", "There is no such member; did you mean 'attributions'?"),
        "/incident/sumary": ("unknown_field", "There is no such member; did you mean 'summary'?"),
    }
    known = written(api, ngo, "PATCH", where, {"attributions": None, "incident": {"summary": None}}, "application/json")
    assert known.status_code == 200


def test_an_unknown_member_of_a_bulk_is_told_which_there_are(api: CheckedClient, ngo: NewKey) -> None:
    answer = send(api, ngo, "POST", f"{URL}bulk/", {"submissions": [tuwaym()]})
    told = {error["pointer"]: (error["code"], error["detail"]) for error in answer.json()["errors"]}
    assert told == {
        "/submissions": ("unknown_field", "There is no such member; known are atomic, items."),
        "/items": ("required", 'Send a list of submissions: {"items": [...]}.'),
    }


@pytest.mark.parametrize("name", ["incident_id", "investigation_id"])
def test_an_id_is_told_to_stand_in_about(api: CheckedClient, ngo: NewKey, name: str) -> None:
    answer = send(api, ngo, "POST", URL, {"type": "claims", name: "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"})
    told = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert "did you mean 'about', the id of the published record" in told[f"/{name}"]


@pytest.mark.parametrize(
    ("item", "pointer", "says"),
    [
        (None, "", "Write one JSON object here."),
        ("x", "", "Write one JSON object here"),
        ([], "", "Write one JSON object here"),
        (tuwaym(claims={}), "/claims", "Write a list here"),
        (tuwaym(claims=[1]), "/claims/0", "Write one JSON object here"),
        (tuwaym(claims=[{"value": 3.5}]), "/claims/0/value", "Write a whole number, such as 31."),
        *(
            (tuwaym(claims=[{"value": text}]), "/claims/0/value", "Write the number itself, without quotes")
            for text in (" 31 ", "\u0663\u0661", "1_0")
        ),
    ],
)
def test_what_is_of_another_kind_is_told_what_to_write(
    api: CheckedClient, ngo: NewKey, item: Any, pointer: str, says: str
) -> None:
    answer = send(api, ngo, "POST", f"{URL}bulk/", {"items": [item]})
    (result,) = answer.json()["results"]
    told = {error["pointer"]: error["detail"] for error in result["errors"]}
    assert told[pointer].startswith(says)


def test_a_number_may_be_written_as_a_text_of_its_digits(api: CheckedClient, ngo: NewKey) -> None:
    """As it could be before: what was sent so is read again whenever a new version comes."""
    content = tuwaym()
    content["claims"][0] |= {"value": "31", "cells": [{"age_group": "child", "value": "9", "cut": "1"}]}
    content["incident"]["place"] |= {"point": {"lat": "35.5", "lon": "-35"}, "precision": "exact"}
    assert send(api, ngo, "POST", URL, content).status_code == 201
