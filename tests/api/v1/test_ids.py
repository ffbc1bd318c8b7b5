"""Ids in what programs send: the usual text with hyphens, in either case, and no other form of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from rest_framework import serializers

from incidents.choices import AccountRole
from incidents.documents.given import Id
from incidents.models import Submission
from incidents.rules.submissions import submitting
from tests.contract.surface import EVERY, NOBODY, Door
from tests.contract.validation import CheckedClient
from tests.contributions import country, sender, tuwaym, with_reference
from tests.factories import IncidentFactory
from tests.keys import key_of, send

pytestmark = pytest.mark.django_db

ID = "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"
FORMS: list[Any] = [
    7,
    UUID(ID).int,
    True,
    [ID],
    {"id": ID},
    f"urn:uuid:{ID}",
    f"{{{ID}}}",
    ID.replace("-", ""),
    f"{UUID(ID).hex}----",
    ID.replace("1e-5", "1-e5"),
    f"{ID}\n",
    ID.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "",
]
SENTENCE = "Write a UUID with its hyphens, such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f."
PROPOSAL = {"kind": "incident", "reason": "One attack, told twice"}
RETRACTED = {"type": "correction", "about": ID}


def bodies(form: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every member that holds an id: where it is sent, its pointer, and the body with this in its place."""
    yield "decisions/", "/object_id", PROPOSAL | {"action": "publish", "object_id": form}
    yield "decisions/", "/absorbed", PROPOSAL | {"action": "merge", "object_id": ID, "absorbed": form}
    yield "submissions/", "/about", {"type": "claims", "about": form}
    taken_back = {"retractions": [{"claim": form, "reason": "Counted twice"}], "reason": "Counted twice"}
    yield "submissions/", "/correction/retractions/0/claim", RETRACTED | {"correction": taken_back}
    scope = {"scope": [{"incident": form, "kind": "covers"}]}
    yield "submissions/", "/investigation/scope/0/incident", {"type": "investigation", "investigation": scope}
    yield "submissions/actions/", "/ids/0", {"action": "take", "ids": [form]}
    yield "submissions/undo/", "/batch", {"batch": form, "reason": "The account was not theirs"}


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_no_other_form_of_an_id_is_taken(api: CheckedClient, form: Any) -> None:
    key = key_of(AccountRole.LEAD, scopes=["submissions:read", "submissions:write", "moderation"])
    named = f"submissions/{submitting.submit(sender(), tuwaym()).public_id}/names/"
    name = {"pointer": "/sources/0", "object_id": form}
    for path, pointer, body in [*bodies(form), (named, "/object_id", name)]:
        answer = send(api, key, "POST", f"/api/v1/{path}", body, if_match="*")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), (path, answer.content)
        said = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
        assert said[pointer] == SENTENCE, (path, pointer)


def test_an_id_is_taken_in_either_case_and_answered_in_one(api: CheckedClient) -> None:
    kept, gone = IncidentFactory(), IncidentFactory()
    body = PROPOSAL | {"action": "merge", "object_id": str(kept.public_id).upper()}
    body |= {"absorbed": str(gone.public_id).upper()}
    key = key_of(AccountRole.MODERATOR, scopes=["moderation"])
    answer = send(api, key, "POST", "/api/v1/decisions/", body)
    assert answer.status_code == 201, answer.content
    assert (answer.json()["object_id"], answer.json()["absorbed"]) == (str(kept.public_id), str(gone.public_id))


@pytest.mark.parametrize("dry_run", ["", "?dry_run=true"])
def test_a_batch_that_there_is_not_is_not_undone(api: CheckedClient, dry_run: str) -> None:
    (submission,) = submitting.submit_many(sender(), [tuwaym()], atomic=True)
    assert isinstance(submission, Submission)
    key, why = key_of(AccountRole.LEAD, scopes=["moderation"]), {"reason": "The account was not theirs"}
    refused = send(api, key, "POST", f"/api/v1/submissions/undo/{dry_run}", why | {"batch": NOBODY})
    assert refused.status_code == 400, refused.content
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/batch", "unknown_reference")
    known = send(api, key, "POST", f"/api/v1/submissions/undo/{dry_run}", why | {"batch": str(submission.batch)})
    assert [row["id"] for row in known.json()["results"]] == [str(submission.public_id)]


@pytest.mark.parametrize("form", [f"{UUID(ID).hex}----", UUID(ID).hex])
def test_no_other_form_of_an_id_refers_to_a_published_one(api: CheckedClient, form: str) -> None:
    sender()
    body = tuwaym(documents=[tuwaym()["documents"][0] | {"publisher": form}])
    answer = send(api, key_of(scopes=["submissions:write"]), "POST", "/api/v1/submissions/", body)
    assert answer.status_code == 400, answer.content
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/documents/0/publisher"
    assert error["detail"].startswith(f"'{form}' is neither the key of one of your sources (seen) nor an id")


@pytest.mark.parametrize("door", [door for door in EVERY if door.operation.body is not None], ids=str)
def test_every_id_of_every_body_is_strict(door: Door) -> None:
    assert door.operation.body is not None
    assert {type(each) for each in fields(door.operation.body()) if isinstance(each, serializers.UUIDField)} <= {Id}


def fields(field: Any) -> Iterator[serializers.Field[Any, Any, Any, Any]]:
    """A field and all that are inside it."""
    yield field
    inside = list(getattr(field, "fields", {}).values())
    for each in [*inside, *filter(None, [getattr(field, "child", None)])]:
        yield from fields(each)


@pytest.mark.parametrize("door", [door for door in EVERY if "<uuid:" in door.operation.path], ids=str)
def test_an_address_holds_an_id_in_its_usual_form(api: CheckedClient, door: Door) -> None:
    assert door.address.count(NOBODY) == 1
    for form in (UUID(NOBODY).hex, f"urn:uuid:{NOBODY}", f"{UUID(NOBODY).hex}----"):
        answer = api.generic(door.operation.method.upper(), door.address.replace(NOBODY, form))
        assert answer.status_code == 404, (form, answer.content)


@pytest.mark.parametrize("door", [door for door in EVERY if "<uuid:" in door.operation.path], ids=str)
def test_an_id_in_upper_case_leads_to_the_address_in_lower_case(api: CheckedClient, door: Door) -> None:
    usual = "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"
    address = door.address.replace(NOBODY, usual)
    for form in (usual.upper(), usual.title()):
        asked = door.address.replace(NOBODY, form).rstrip("/") + "?fields=id"
        answer = api.generic(door.operation.method.upper(), asked)
        assert (answer.status_code, answer["Location"]) == (308, f"{address}?fields=id")
    assert api.generic(door.operation.method.upper(), address).status_code != 308


def test_a_key_of_the_sender_that_reads_like_an_id_stays_as_it_is(api: CheckedClient) -> None:
    country()
    key = key_of(scopes=["submissions:read", "submissions:write"])
    address = f"/api/v1/submissions/by-external-id/partner/{NOBODY[:-4]}ABCD/"
    assert send(api, key, "PUT", address, with_reference(f"{NOBODY[:-4]}ABCD")).status_code == 201
    assert send(api, key, "GET", address).json()["external_reference"]["key"] == f"{NOBODY[:-4]}ABCD"
    assert send(api, key, "GET", address.replace("ABCD", "abcd")).status_code == 404
