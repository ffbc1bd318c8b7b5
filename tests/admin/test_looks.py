"""Every look at what is confidential is one entry of the audit chain: pages, lists, pickers, programs of the desk."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.choices import SubmissionAction
from incidents.models import AuditEntry, AuditValues, IdempotentRequest, Recognition, Submission, SubmissionPart
from incidents.rules.submissions import moderating, submitting
from tests.admin.forms import filled
from tests.contributions import country, person, sender, tuwaym, with_reference
from tests.factories import (
    ClaimFactory,
    DocumentFactory,
    IncidentActFactory,
    IncidentFactory,
    InvestigationEventFactory,
    SourceFactory,
    TargetedGroupFactory,
)
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db
URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]
NAME = "Fatima of Tuwaym"
WITNESS = {"key": "seen", "kind": "witness", "names": {"en": NAME}}
CONFIDENTIAL = {"key": "seen", "kind": "local_monitor", "names": {"en": NAME}, "confidential": True}


def page(row: Any, view: str = "change") -> str:
    return reverse(f"admin:incidents_{row._meta.model_name}_{view}", args=[row.pk])


def seen() -> list[tuple[str, str, Any]]:
    """(kind, id, what was shown) of each look, in their order."""
    found = AuditEntry.objects.filter(action="view_confidential").order_by("seq")
    return [
        (each.kind, each.object_id, json.loads(AuditValues.objects.get(pk=each.seq).values or "")["after"])
        for each in found
    ]


def sent(source: dict[str, Any], key: str = "1") -> Submission:
    return submitting.submit(sender(), with_reference(key, sources=[source]))


@pytest.fixture
def secret() -> Submission:
    return sent(WITNESS)


# Pages of the desk


@pytest.mark.parametrize("source", [WITNESS, CONFIDENTIAL], ids=["witness", "confidential"])
def test_a_look_at_a_submission_that_names_somebody_in_confidence_is_one(desk: Client, source: dict[str, Any]) -> None:
    submission = sent(source)
    assert NAME in desk.get(page(submission)).content.decode()
    assert seen() == [("submission", str(submission.public_id), {"fields": ["content", "parts"]})]


def test_a_look_at_a_submission_with_a_document_without_consent_is_one(desk: Client) -> None:
    content = tuwaym()
    content["documents"][0]["consent"] = "partners"
    submission = submitting.submit(sender(), content)
    desk.get(page(submission))
    assert seen() == [("submission", str(submission.public_id), {"fields": ["content"]})]


def test_a_look_at_what_may_be_told_to_everybody_is_none(desk: Client, secret: Submission) -> None:
    submission = submitting.submit(sender(), tuwaym())
    part = submission.parts.get(kind="source")
    for address in (page(submission), page(part), reverse("admin:incidents_submission_changelist")):
        assert desk.get(address).status_code == 200
    assert seen() == []


def test_a_look_at_a_name_by_itself_is_one_and_at_a_list_of_them_one_for_all(desk: Client) -> None:
    parts = [sent(WITNESS, key).parts.get(kind="source") for key in "abc"]
    sent({**WITNESS, "kind": "local_monitor", "names": {"en": "Somebody known"}}, "d")
    assert NAME in desk.get(page(parts[0])).content.decode()
    desk.get(reverse("admin:incidents_submissionpart_changelist"))
    fields = ["as_written", "object_id", "proposals"]
    assert seen() == [
        ("submission_part", str(parts[0].pk), {"fields": fields}),
        ("submission_part", "", {"rows": {str(part.pk): fields for part in reversed(parts)}}),
    ]


def test_a_name_that_stands_for_a_confidential_source_is_confidential_however_it_was_sent(desk: Client) -> None:
    known = SourceFactory(names={"en": "Civil Peace Group, Seen"}, confidential=True)
    submission = submitting.submit(sender(), tuwaym())
    part = submission.parts.get(kind="source")
    address = reverse("admin:incidents_submissionpart_changelist")
    asked = desk.post(address, {"action": "match", "_selected_action": [part.pk]})
    assert str(known.public_id) in asked.content.decode(), "it is proposed by its name"
    moderator = person("moderator")
    moderating.act(submission, SubmissionAction.CLAIM, by=moderator)
    moderating.resolve(part, by=moderator, object_id=known.public_id)
    desk.get(page(submission))
    desk.get(reverse("admin:incidents_recognition_changelist"))
    remembered = Recognition.objects.get()
    assert seen() == [
        ("submission_part", str(part.pk), {"fields": ["as_written", "object_id", "proposals"]}),
        ("submission", str(submission.public_id), {"fields": ["content", "parts"]}),
        ("recognition", "", {"rows": {str(remembered.pk): ["folded"]}}),
    ]


def test_what_was_answered_to_a_program_is_shown_to_nobody_at_the_desk(desk: Client) -> None:
    country()
    key = key_of(scopes=BOTH)
    send(Client(), key, "POST", URL, tuwaym(sources=[WITNESS]), idempotency_key="one")
    kept = IdempotentRequest.objects.get()
    assert NAME in kept.body
    shown = desk.get(page(kept)).content.decode()
    assert kept.digest in shown
    assert NAME not in shown
    assert "submitted" not in shown


def test_what_a_picker_suggests_is_a_look(desk: Client) -> None:
    hidden, public = SourceFactory(kind="witness", names={"en": NAME}), SourceFactory(names={"en": "Fatima Monitors"})
    claim, closed = ClaimFactory(asserted_by=hidden), DocumentFactory(consent="none", title={"en": "Fatima's word"})
    asked = {"app_label": "incidents", "term": "Fatima"}

    def suggested(model: str, field: str, **more: str) -> Any:
        named = {"model_name": model, "field_name": field}
        return desk.get(reverse("admin:autocomplete"), asked | named | more).json()["results"]

    for model, field in (("claim", "asserted_by"), ("claim", "document"), ("attribution", "claim")):
        assert suggested(model, field), field
    assert [(kind, key, list(told["rows"])) for kind, key, told in seen()] == [
        ("source", "", [str(hidden.public_id)]),
        ("document", "", [str(closed.public_id)]),
        ("claim", "", [str(claim.public_id)]),
    ]
    before = len(seen())
    desk.get(
        reverse("admin:autocomplete"), asked | {"term": "Monitors", "model_name": "claim", "field_name": "asserted_by"}
    )
    assert len(seen()) == before, public


def test_whom_an_address_or_a_refused_form_names_is_a_look(desk: Client) -> None:
    hidden = SourceFactory(kind="witness", names={"en": NAME})
    add = reverse("admin:incidents_document_add")
    assert NAME in desk.get(add, {"publisher": hidden.pk}).content.decode()
    document = DocumentFactory()
    refused = desk.post(page(document), filled(desk, page(document)) | {"publisher": hidden.pk, "sha256": "no digest"})
    assert (refused.status_code, NAME in refused.content.decode()) == (200, True)
    fields = {str(hidden.public_id): ["names", "affiliated_with"]}
    assert seen() == [("source", "", {"rows": fields})] * 2


def test_every_part_of_a_record_that_names_somebody_confidential_is_told(desk: Client) -> None:
    incident, hidden = IncidentFactory(), SourceFactory(kind="witness")
    act = IncidentActFactory(incident=incident, asserted_by=hidden)
    group = TargetedGroupFactory(incident=incident, document=DocumentFactory(consent="none"))
    event = InvestigationEventFactory(reported_by=hidden)
    for record in (incident, event.investigation, act, group, DocumentFactory(publisher=hidden)):
        assert desk.get(page(record)).status_code == 200
    told = [after for _, _, after in seen()]
    assert told[:4] == [
        {"parts": {"acts": [str(act.pk)], "targeted_groups": [str(group.pk)]}},
        {"parts": {"events": [str(event.pk)]}},
        {"fields": ["asserted_by", "document"]},
        {"fields": ["document"]},
    ]
    assert told[4]["fields"][:2] == ["publisher", "title"]


# Programs


def desk_key() -> Any:
    return key_of("moderator", organisation=organisation("Desk"), scopes=[*BOTH, "moderation"])


def test_a_program_of_the_desk_that_reads_what_others_sent_leaves_an_entry_each_time(secret: Submission) -> None:
    key = desk_key()
    address = f"{URL}{secret.public_id}/"
    read = send(Client(), key, "GET", address)
    assert NAME in read.content.decode()
    looked = ("submission", str(secret.public_id), {"fields": ["content", "parts"]})
    assert seen() == [looked]
    entry = AuditEntry.objects.get(action="view_confidential")
    assert (entry.key_prefix, entry.actor) == (key.key.prefix, key.key.owner)
    assert NAME in send(Client(), key, "GET", address, if_none_match=read["ETag"]).content.decode()
    assert seen() == [looked] * 2, "it is shown each time"
    taken = send(Client(), key, "POST", f"{address}actions/", {"action": "claim"}, if_match='"1"')
    assert NAME in taken.content.decode()
    assert seen() == [looked] * 3


def test_a_list_of_what_others_sent_is_one_entry_and_costs_no_more_with_more_rows() -> None:
    key, client = desk_key(), Client()
    for number in range(3):
        sent(WITNESS, str(number))
    client.get(URL)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert send(client, key, "GET", f"{URL}?limit=1000").status_code == 200
        return sum("source" in each["sql"] or "audit" in each["sql"] for each in found)

    few = statements()
    for number in range(3, 20):
        sent(WITNESS, str(number))
    many = statements()
    lists = [told["rows"] for kind, key_, told in seen() if (kind, key_) == ("submission", "")]
    assert [len(each) for each in lists] == [3, 20]
    assert many == few


def test_who_sent_it_reads_it_without_an_entry() -> None:
    country()
    key = key_of(scopes=BOTH)
    made = send(Client(), key, "POST", URL, tuwaym(sources=[WITNESS]), idempotency_key="one")
    again = send(Client(), key, "POST", URL, tuwaym(sources=[WITNESS]), idempotency_key="one")
    own = [made, again, send(Client(), key, "GET", made["Location"]), send(Client(), key, "GET", URL)]
    assert all(NAME in each.content.decode() for each in own)
    assert again["Idempotency-Replayed"] == "true"
    assert seen() == []
    assert SubmissionPart.objects.filter(as_written=NAME).exists()
