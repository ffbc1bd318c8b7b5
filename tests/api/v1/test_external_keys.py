"""One key in two spellings is one key, wherever it is read: in the body, the address, the filter, at the desk."""

from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from incidents.choices import SubmissionAction
from incidents.models import DuplicateCandidate, Incident, IncidentReference, Submission
from incidents.models.external import one_spelling
from incidents.rules.publication.publishing import publish
from incidents.rules.submissions import moderating, submitting
from tests.admin.forms import filled
from tests.api.v1.test_submissions import BOTH, URL, Caller, pointers
from tests.contract.validation import CheckedClient
from tests.contributions import approved, country, person, sender, tuwaym, with_reference
from tests.factories import IncidentFactory, IncidentReferenceFactory, UserFactory
from tests.keys import key_of
from tests.moderation_factories import SubmissionFactory

pytestmark = pytest.mark.django_db

NFC, NFD = "caf\u00e9 1", "cafe\u0301 1"
SPELLINGS = [NFD, "caf\u00e9\u00a01", "caf\u00e9 \u2003\u20281", f" {NFC}\u3000"]


@pytest.fixture
def ngo(api: CheckedClient) -> Caller:
    country()
    return Caller(api, key_of(scopes=BOTH))


def at(key: str) -> str:
    return f"{URL}by-external-id/partner/{quote(key)}/"


@pytest.mark.parametrize("written", [*SPELLINGS, "caf\u00e9\t\r\n1"])
def test_another_spelling_is_the_same_key(ngo: Caller, written: str) -> None:
    sent = ngo.post(URL, with_reference(written))
    assert (sent.status_code, sent.json()["external_reference"]["key"]) == (201, NFC)
    assert pointers(ngo.post(URL, with_reference(NFC))) == {"/external_reference": "unique"}
    for each in (NFC, *SPELLINGS):
        assert ngo.get(at(each)).json()["id"] == sent.json()["id"]
        (found,) = ngo.get(f"{URL}?external_key={quote(each)}").json()["results"]
        assert found["id"] == sent.json()["id"]
        assert ngo.send("PUT", at(each), with_reference(written)).status_code == 200
        assert ngo.send("PUT", at(each), tuwaym(external_reference=None)).status_code == 200
    assert Submission.objects.count() == 1


def test_upper_and_lower_case_are_two_keys(ngo: Caller) -> None:
    assert ngo.post(URL, with_reference("a-1")).status_code == 201
    assert ngo.post(URL, with_reference("A-1")).status_code == 201
    assert ngo.get(at("A-1")).json()["external_reference"]["key"] == "A-1"


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200e", "\u200d", "\u00ad", "\ufe0f", "\u2060", "\u202e", "\u2800", "\x85"]
)
def test_a_sign_that_nobody_sees_is_refused_in_a_key(ngo: Caller, sign: str) -> None:
    body = ngo.post(URL, with_reference(f"2025{sign}1"))
    address = ngo.send("PUT", at(f"2025{sign}1"), tuwaym(external_reference=None))
    for answer in (body, address):
        assert pointers(answer) == {"/external_reference/key": "control_character"}
        assert f"It holds U+{ord(sign):04X}" in answer.json()["errors"][0]["detail"]


def test_a_joiner_stays_where_letters_change_by_it(ngo: Caller) -> None:
    assert ngo.post(URL, with_reference("\u0645\u06cc\u200c\u0631\u0648\u062f")).status_code == 201


def test_a_key_is_bounded_as_it_is_kept(ngo: Caller) -> None:
    assert ngo.post(URL, with_reference("e\u0301" * 200)).json()["external_reference"]["key"] == "\u00e9" * 200
    assert pointers(ngo.post(URL, with_reference("\u0958" * 101))) == {"/external_reference/key": "max_length"}


def test_sent_again_in_another_spelling_it_is_a_new_version_of_one_incident() -> None:
    by = sender()
    for key in (NFC, *SPELLINGS):
        published(with_reference(key), by)
    assert Incident.objects.count() == 1
    assert not DuplicateCandidate.objects.exists()


def test_a_reference_typed_at_the_desk_is_found_in_any_spelling(api: CheckedClient) -> None:
    reference = IncidentReferenceFactory(incident=IncidentFactory(), scheme="partner", key="old")
    desk = Client()
    desk.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:incidents_incidentreference_change", args=[reference.pk])
    answer = desk.post(page, filled(desk, page) | {"key": SPELLINGS[0]})
    assert answer.status_code == 302, answer.content
    assert IncidentReference.objects.get().key == NFC
    publish([reference.incident])
    for each in (NFC, *SPELLINGS):
        assert len(api.get(f"/api/v1/incidents/?external_reference=partner:{quote(each)}").json()["results"]) == 1


def test_what_was_published_in_another_spelling_is_found_by_it(api: CheckedClient) -> None:
    reference = IncidentReferenceFactory(incident=IncidentFactory(), scheme="partner", key=NFD)
    publish([reference.incident])
    assert len(api.get(f"/api/v1/incidents/?external_reference=partner:{quote(NFD)}").json()["results"]) == 1


def published(content: Any, by: submitting.Sender) -> None:
    moderating.act(approved(content, by), SubmissionAction.PUBLISH, by=person("lead"))


def respelled(*rows: Any) -> list[str]:
    import_module("incidents.migrations.0021_one_spelling_of_keys").respell(apps, None)
    return [Submission.objects.get(pk=row.pk).external_key for row in rows]


def stored(key: str, **more: Any) -> Submission:
    return SubmissionFactory(**{"external_scheme": "partner", "external_key": key, **more})


def test_keys_that_were_taken_before_get_the_one_spelling() -> None:
    rows = [stored(NFD), stored("a\u00a01"), stored("A 1"), stored("\u0958" * 101)]
    none = SubmissionFactory()
    assert respelled(*rows, none) == [NFC, "a 1", "A 1", "\u0958" * 101, ""]
    assert respelled(*rows, none) == [NFC, "a 1", "A 1", "\u0958" * 101, ""]


def test_of_two_open_ones_the_other_spelling_stays_as_it_is() -> None:
    first = stored(NFD)
    second = stored(NFC, organisation=first.organisation)
    over = stored(NFD, organisation=first.organisation, state="published")
    elsewhere = stored(NFD)
    assert respelled(first, second, over, elsewhere) == [NFD, NFC, NFC, NFC]


def test_one_spelling_of_it_is_the_same_again() -> None:
    for each in (NFC, *SPELLINGS, "\u0958", "\u2126 \u212b", "\x1ca\x1cb"):
        assert one_spelling(one_spelling(each)) == one_spelling(each)
    assert submitting.submit(sender(), with_reference("\u2126")).external_key == "\u03a9"
