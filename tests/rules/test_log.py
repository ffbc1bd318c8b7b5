"""The log: gapless numbers in commit order, salted digests, a chain of hashes, and only what is new."""

import hashlib
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from django.db import transaction
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.models import Incident, LogHead, Publication, PublicationBody
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import log
from incidents.rules.trail.verification import stored_rows, verify_log, verify_rows
from tests import factories

pytestmark = pytest.mark.django_db


def rows() -> list[Publication]:
    return list(Publication.objects.select_related("body").order_by("seq"))


def publish_one() -> Incident:
    incident = factories.IncidentFactory(latitude=35.0, longitude=36.25)
    factories.ClaimFactory(incident=incident)
    publish([incident])
    return incident


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
@example({"lat": 35.0, "lon": -0.0, "small": 1e-7, "large": 1e21, "\ue000": 1, "\U0001f600": 2, "": "\x7f\u2028\b"})
def test_the_canonical_text_is_that_of_rfc_8785(value: Any) -> None:
    assert log.canonical(value) == rfc8785.dumps(value).decode()


@given(st.floats(-1e15, 1e15) | st.floats(-180, 180) | st.decimals(-180, 180, places=6).map(float))
@example(0.00010000000000000002)
@example(999999999999999.9)
def test_degrees_too(number: float) -> None:
    assert log.canonical({"lat": number}) == rfc8785.dumps({"lat": number}).decode()


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {1: 2}, uuid4(), date.min, {1}])
def test_what_has_no_canonical_text_is_refused(value: Any) -> None:
    for each in (value, [value], {"name": value}):
        with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
            log.canonical(each)


def test_every_row_hashes_the_one_before_its_header_and_its_digest() -> None:
    publish_one()
    previous = "0" * 64
    for row in rows():
        moment = row.published_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head: dict[str, Any] = {
            "seq": row.seq,
            "operation": row.operation,
            "kind": row.kind,
            "id": str(row.object_id),
            "version": row.version,
            "schema_version": row.schema_version,
            "reason_code": row.reason_code,
            "reason": row.reason,
            "survivor": None,
            "published_at": moment,
        }
        said = previous.encode() + rfc8785.dumps(head) + row.document_digest.encode()
        assert row.previous_hash == previous
        assert row.hash == hashlib.sha256(said).hexdigest()
        previous = row.hash
    head_row = LogHead.objects.get()
    assert (head_row.seq, head_row.hash) == (rows()[-1].seq, previous)


def test_the_digest_is_of_the_salt_and_the_canonical_document() -> None:
    publish_one()
    salts = set()
    for row in rows():
        assert row.body.salt is not None
        assert row.body.document is not None
        assert len(row.body.salt) == 32
        assert rfc8785.dumps(json.loads(row.body.document)).decode() == row.body.document
        assert row.document_digest == hashlib.sha256((row.body.salt + row.body.document).encode()).hexdigest()
        salts.add(row.body.salt)
    assert len(salts) == len(rows()), "a salt used twice lets two redacted documents be compared"


def test_a_document_says_its_own_place_in_the_log() -> None:
    publish_one()
    for row in rows():
        document = json.loads(row.body.document or "")
        assert (document["seq"], document["version"]) == (row.seq, row.version)
        assert document["published_at"] == log.timestamp(row.published_at)
        assert document["id"] == str(row.object_id)


def test_what_others_name_stands_before_them_in_the_log() -> None:
    publish_one()
    assert [row.kind for row in rows()] == ["source", "document", "incident"]


def test_publishing_without_a_change_adds_nothing() -> None:
    incident = publish_one()
    before = Publication.objects.count()
    outcome = publish([Incident.objects.get(pk=incident.pk)], reason_code="correction", reason="Again.")
    assert (outcome.published, outcome.unchanged, outcome.last_seq) == (0, 1, before)
    assert Publication.objects.count() == before


def test_the_same_incident_twice_in_one_batch_is_published_once() -> None:
    incident = factories.IncidentFactory()
    publish([incident, incident])
    assert Publication.objects.filter(kind="incident").count() == 1


def test_an_empty_publication_adds_nothing() -> None:
    assert publish([]).published == 0
    assert not Publication.objects.exists()


def test_emptying_leaves_the_chain_and_the_current_version() -> None:
    incident = publish_one()
    Incident.objects.filter(pk=incident.pk).update(place_text="Qardaha")
    publish([Incident.objects.get(pk=incident.pk)])
    with transaction.atomic():
        assert log.empty_bodies([3]) == 1
    left = {row.version: row.body.document for row in rows() if row.kind == "incident"}
    assert left[1] is None
    assert left[2] is not None
    verdict = verify_rows(stored_rows())
    assert verdict.sound
    assert verdict.emptied == 1


def test_a_row_without_a_document_has_no_body_and_no_digest() -> None:
    head = log.lock_head()
    entry = log.Entry(
        "incident", factories.IncidentFactory.build().public_id, 1, "withdraw", "correction", "Twice.", None
    )
    appended = log.append(head, [entry], timezone.now())
    assert appended[0].document is None
    assert Publication.objects.get().document_digest == ""
    assert not PublicationBody.objects.exists()
    assert verify_log().sound
