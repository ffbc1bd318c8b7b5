"""Reasons of pairs that hold the address of a confidential document are looks on whatever page they stand."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import AuditEntry, AuditValues, Incident, Submission
from incidents.rules.sameness import duplicates
from tests.factories import ClaimFactory, DocumentFactory, DuplicateCandidateFactory, IncidentFactory, SourceFactory
from tests.keys import key_of, organisation, send
from tests.moderation_factories import SubmissionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECRET = "secret.example.org/31"
REASONS = [{"part": "shared", "points": 125, "how": "url", "url": SECRET}]


def seen() -> list[tuple[str, str, Any]]:
    found = AuditEntry.objects.filter(action="view_confidential").order_by("seq")
    return [
        (each.kind, each.object_id, json.loads(AuditValues.objects.get(pk=each.seq).values or "")["after"])
        for each in found
    ]


def told_by(consent: str) -> Incident:
    incident: Incident = IncidentFactory()
    document = DocumentFactory(consent=consent, url=f"https://{SECRET}")
    ClaimFactory(incident=incident, asserted_by=SourceFactory(), document=document)
    return incident


def sent(**fields: Any) -> Submission:
    submission: Submission = SubmissionFactory(type="incident", content={}, **fields)
    return submission


@pytest.mark.parametrize(("consent", "looks"), [("none", 1), ("public", 0)])
def test_the_page_on_which_a_merge_begins_is_a_look_at_the_reasons(desk: Client, consent: str, looks: int) -> None:
    pair = DuplicateCandidateFactory(first=told_by(consent), reasons=REASONS)
    page = desk.get(reverse("admin:incidents_incident_merge", args=[pair.second.pk]))
    assert SECRET in page.content.decode()
    assert seen() == [("duplicate_candidate", "", {"rows": {str(pair.public_id): ["reasons"]}})] * looks


@pytest.mark.parametrize(("consent", "looks"), [("none", 1), ("public", 0)])
def test_the_page_of_a_submission_is_a_look_at_the_pairs_that_it_made(desk: Client, consent: str, looks: int) -> None:
    pair = DuplicateCandidateFactory(first=told_by(consent), reasons=REASONS)
    submission = sent(incident=pair.second)
    page = desk.get(reverse("admin:incidents_submission_change", args=[submission.pk]))
    assert SECRET in page.content.decode()
    assert seen() == [("duplicate_candidate", "", {"rows": {str(pair.public_id): ["reasons"]}})] * looks
    assert [each.pk for each in duplicates.pairs_of(submission)] == [pair.pk]


@pytest.mark.parametrize(("consent", "looks"), [("none", 1), ("public", 0)])
def test_it_is_one_at_the_pairs_that_it_would_make(desk: Client, consent: str, looks: int) -> None:
    likely = [{"id": str(told_by(consent).public_id), "score": 700, "reasons": REASONS}]
    submission = sent(possible_duplicates=likely)
    page = desk.get(reverse("admin:incidents_submission_change", args=[submission.pk]))
    assert SECRET in page.content.decode()
    assert seen() == [("submission", str(submission.public_id), {"fields": ["possible_duplicates"]})] * looks


def test_a_program_of_the_desk_looks_at_them_too() -> None:
    pair = DuplicateCandidateFactory(first=told_by("none"), reasons=REASONS)
    submission = sent(incident=pair.second)
    key = key_of("moderator", organisation=organisation("Desk"), scopes=["submissions:read", "moderation"])
    read = send(Client(), key, "GET", f"/api/v1/submissions/{submission.public_id}/")
    assert SECRET in read.content.decode()
    assert seen() == [("duplicate_candidate", "", {"rows": {str(pair.public_id): ["reasons"]}})]
