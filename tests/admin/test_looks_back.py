"""Pages of the history are looks as well: at what is confidential in an earlier state, be the record there or gone."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.choices import SubmissionAction
from incidents.models import AuditEntry, AuditValues, Claim, Document, Source
from incidents.rules.submissions import moderating, submitting
from tests.contributions import country, person, sender, with_reference
from tests.factories import ClaimFactory, DocumentFactory, SourceFactory

pytestmark = pytest.mark.django_db
NAME, QUOTE = "Fatima of Tuwaym", "She saw it from the roof"
OF_SOURCE = {"fields": ["names", "affiliated_with"]}
OF_CLAIM = {"fields": ["asserted_by", "document", "quote", "locator"]}
OF_DOCUMENT = {"fields": ["publisher", "title", "url", "archive_url", "seen_at", "rights", "sha256"]}


def addresses(model: Any, pk: int) -> list[str]:
    """The page of all versions of a record and those of each."""
    name = f"admin:incidents_{model._meta.model_name}"
    versions = model.history.filter(id=pk).order_by("history_id").values_list("history_id", flat=True)
    return [reverse(f"{name}_history", args=[pk]), *(reverse(f"{name}_simple_history", args=[pk, v]) for v in versions)]


def seen() -> list[tuple[str, str, Any]]:
    found = AuditEntry.objects.filter(action="view_confidential").order_by("seq")
    return [
        (each.kind, each.object_id, json.loads(AuditValues.objects.get(pk=each.seq).values or "")["after"])
        for each in found
    ]


def looks(desk: Client, model: Any, pk: int, word: str = "") -> list[tuple[str, str, Any]]:
    """What is recorded of a look at each of the pages, which all show a word."""
    pages = [desk.get(address) for address in addresses(model, pk)]
    assert [answer.status_code for answer in pages] == [200] * len(pages)
    assert len(pages) > 1
    assert all(word in answer.content.decode() for answer in pages)
    return seen()


@pytest.mark.parametrize(
    ("model", "sought", "told"),
    [
        (Source, {"kind": "witness"}, OF_SOURCE),
        (Document, {"consent": "none"}, OF_DOCUMENT),
        (Claim, {"quote": QUOTE}, OF_CLAIM),
    ],
)
def test_what_an_undone_submission_said_in_confidence_is_a_look(
    desk: Client, model: Any, sought: dict[str, str], told: dict[str, Any]
) -> None:
    country()
    content = with_reference("1")
    content["sources"].append({"key": "w", "kind": "witness", "names": {"en": NAME}})
    content["documents"].append(
        {"key": "t", "publisher": "w", "type": "testimony", "title": {"en": NAME}, "consent": "none"}
    )
    content["claims"].append(
        {**content["claims"][0], "key": "hers", "asserted_by": "w", "document": "t", "quote": QUOTE}
    )
    moderator = person("moderator")
    submission = submitting.submit(sender(), content)
    moderating.act(submission, SubmissionAction.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    moderating.act(submission, SubmissionAction.APPROVE, by=moderator, reason="Seen")
    row = model.objects.get(**sought)
    moderating.act(submission, SubmissionAction.REJECT, by=person("moderator"), reason="Made up")
    assert not model.objects.filter(pk=row.pk).exists()
    found = looks(desk, model, row.pk)
    assert found == [(model.__name__.lower(), str(row.public_id), told)] * len(addresses(model, row.pk))


def test_a_name_that_was_made_confidential_before_it_went_is_one_in_each_version(desk: Client) -> None:
    source = SourceFactory(names={"en": NAME}, confidential=False)
    source.confidential = True
    source.save()
    pk, key = source.pk, str(source.public_id)
    source.delete()
    assert looks(desk, Source, pk, NAME) == [("source", key, OF_SOURCE)] * 4


def test_what_was_confidential_once_is_a_look_where_it_is_shown_as_it_was(desk: Client) -> None:
    document = DocumentFactory(consent="none")
    document.consent = "public"
    document.save()
    every, first, now = addresses(Document, document.pk)
    for address in (every, first, now):
        desk.get(address)
    assert seen() == [("document", str(document.public_id), OF_DOCUMENT)] * 2


def test_a_claim_that_stands_is_judged_by_whom_it_named(desk: Client) -> None:
    claim = ClaimFactory(asserted_by=SourceFactory(kind="witness"), quote=QUOTE)
    assert looks(desk, Claim, claim.pk) == [("claim", str(claim.public_id), OF_CLAIM)] * 2


def test_a_claim_that_relayed_a_witness_is_a_look_however_often_it_was_changed(desk: Client) -> None:
    other = ClaimFactory(asserted_by=SourceFactory(kind="witness"))
    claim = ClaimFactory(relays=other, incident=other.incident)
    claim.relays = None
    claim.save()
    every, first, _ = addresses(Claim, claim.pk)
    with CaptureQueriesContext(connection) as few:
        desk.get(every)
    desk.get(first)
    assert [set(told["fields"]) for _, _, told in seen()] == [{"relays"}] * 2
    for value in range(40, 50):
        claim.value = value
        claim.save()
    with CaptureQueriesContext(connection) as many:
        desk.get(every)
    assert len(many) <= len(few)


def test_what_may_be_told_to_everybody_is_no_look(desk: Client) -> None:
    source, claim = SourceFactory(), ClaimFactory()
    source.delete()
    for model, pk in ((Source, source.history.model.objects.first().id), (Claim, claim.pk)):
        assert looks(desk, model, pk) == []
