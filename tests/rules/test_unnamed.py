"""With what is undone leave the sources and documents that came with it and that nothing public names any more."""

from typing import Any

import pytest
from django.test import Client

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AuditEntry,
    Document,
    Publication,
    PublicDocument,
    PublicIncident,
    PublicPerpetrator,
    PublicSource,
    Source,
    Submission,
)
from incidents.rules.publication import publishing
from incidents.rules.publication.reindexing import reindex
from incidents.rules.submissions import moderating, reverting, submitting
from incidents.rules.submissions.unnamed import LEFT_BEHIND
from incidents.rules.trail.verification import verify_log
from tests.contributions import person, sender, tuwaym, with_reference
from tests.factories import DocumentFactory, SourceFactory
from tests.public_state import everything_public
from tests.rules.test_undoing import INQUIRY, claims_on, publish

pytestmark = pytest.mark.django_db


def poison(**changed: Any) -> dict[str, Any]:
    """An incident with a source, two documents and a perpetrator that nobody else names."""
    content = with_reference("poison", **changed)
    content["sources"][0]["names"] = {"en": "Invented Bureau"}
    content["documents"][0] |= {"title": {"en": "An invented report"}, "url": "https://invented.example/1"}
    other = content["documents"][0] | {"key": "other", "url": "https://invented.example/2"}
    content["documents"].append(other)
    content["actors"][0]["names"] = {"en": "Somebody who was slandered"}
    content["claims"].append({**content["claims"][0], "key": "hurt", "measure": "injured", "document": "other"})
    del content["claims"][1]["cells"]
    return content


def undo(submission: Submission, reason: str = "It never happened") -> None:
    moderating.act(submission, Action.UNDO, by=person("lead"), reason=reason)


def test_what_came_with_an_incident_leaves_the_public_with_it() -> None:
    publish(tuwaym(), sender("Another"))
    before = everything_public()
    submission = publish(poison(), sender())
    ids = {
        kind: set(table.objects.values_list("public_id", flat=True))
        for kind, table in (
            ("sources", PublicSource),
            ("documents", PublicDocument),
            ("perpetrators", PublicPerpetrator),
        )
    }
    assert [len(keys) for keys in ids.values()] == [2, 3, 2]
    undo(submission)
    assert everything_public() == before
    rows = Publication.objects.filter(operation="withdraw", kind__in=("source", "document"))
    assert [(row.kind, row.reason_code, row.reason) for row in rows.order_by("seq")] == [
        ("document", "retraction", "It never happened"),
        ("document", "retraction", "It never happened"),
        ("source", "retraction", "It never happened"),
    ]
    answers = {Client().get(f"/api/v1/{kind}/{key}/").status_code for kind, keys in ids.items() for key in keys}
    assert answers == {200, 410}
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_what_somebody_else_names_stays() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    content = claims_on(first.incident)
    content |= {"sources": [], "documents": []}
    content["claims"][0] |= {
        "asserted_by": str(PublicSource.objects.get().public_id),
        "document": str(PublicDocument.objects.get().public_id),
    }
    publish(content, sender("Another"))
    undo(first)
    assert (PublicSource.objects.count(), PublicDocument.objects.count()) == (1, 1)
    assert (Source.objects.count(), Document.objects.count()) == (1, 1)


def test_what_was_public_by_itself_before_stays() -> None:
    by, source = sender(), SourceFactory(names={"en": "Civil Peace Group - Seen"})
    document = DocumentFactory(publisher=source)
    publishing.publish([document])
    before = everything_public()
    content = with_reference("poison", sources=[], documents=[])
    for entry in (*content["claims"], *content["attributions"], *content["incident"]["acts"]):
        entry |= {"asserted_by": str(source.public_id), "document": str(document.public_id)}
    submission = publish(content, by)
    undo(submission)
    assert everything_public() == before


def test_a_draft_that_became_public_with_it_is_a_draft_again() -> None:
    by, source = sender(), SourceFactory(names={"en": "Civil Peace Group - Seen"})
    before = everything_public()
    submission = submitting.submit(by, tuwaym())
    moderator = person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    moderating.resolve(submission.parts.get(kind="source"), by=moderator, object_id=source.public_id)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    submission = moderating.act(submission, Action.PUBLISH, by=person("lead"))
    assert PublicSource.objects.filter(public_id=source.public_id).exists()
    undo(submission)
    assert everything_public() == before
    assert Source.objects.get() == source


def test_what_two_submissions_share_goes_with_the_last_of_them() -> None:
    by = sender()
    first, second = (publish(with_reference(key), by) for key in "ab")
    undo(first)
    assert (PublicSource.objects.count(), PublicDocument.objects.count(), Source.objects.count()) == (1, 1, 1)
    undo(second)
    assert not PublicSource.objects.exists()
    assert not PublicDocument.objects.exists()
    assert not Source.objects.exists()
    assert not Document.objects.exists()


def test_what_an_undone_inquiry_alone_named_leaves_the_public_with_it() -> None:
    by, before = sender(), everything_public()
    content = INQUIRY | {
        "sources": [{"key": "us", "kind": "local_monitor", "names": {"en": "Invented Bureau"}}],
        "documents": [{"key": "paper", "publisher": "us", "type": "ngo_release", "title": {"en": "Invented"}}],
    }
    event = content["investigation"]["events"][0] | {"reported_by": "us", "document": "paper"}
    content["investigation"] = content["investigation"] | {"events": [event]}
    submission = publish(content, by)
    assert (PublicSource.objects.count(), PublicDocument.objects.count()) == (1, 1)
    undo(submission)
    assert everything_public() == before
    assert Source.objects.count() == 1, "events are never rewritten, so who reported them stays in the record"


def test_what_an_earlier_undoing_left_behind_goes_with_the_next() -> None:
    left = DocumentFactory()
    publishing.publish([left])
    left.publisher.documents.all().delete()
    left.publisher.delete()
    publish(tuwaym(), sender("Another"))
    kept = PublicSource.objects.count() - 1
    undo(submitting.submit(sender(), with_reference("any")), "Sent twice")
    assert not PublicDocument.objects.filter(public_id=left.public_id).exists()
    assert PublicSource.objects.count() == kept
    rows = Publication.objects.filter(operation="withdraw").order_by("seq")
    assert [(row.kind, row.reason) for row in rows] == [("document", LEFT_BEHIND), ("source", LEFT_BEHIND)]
    assert verify_log().sound


def test_what_was_left_behind_goes_too_where_nothing_can_be_undone_any_more() -> None:
    by, lead = sender(), person("lead")
    submission, left = submitting.submit(by, tuwaym()), SourceFactory()
    publishing.publish([left])
    undo(submission)
    left.delete()
    own = Submission.objects.filter(organisation=by.organisation)
    for dry_run in (True, False):
        done = reverting.undo_all(own, by=lead, reason="Again", dry_run=dry_run)
        assert (done.undone, [each.id for each in done.unnamed]) == (0, [left.public_id])
        assert PublicSource.objects.exists() is dry_run
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.kind, entry.object_id) == ("withdraw", "source", str(left.public_id))
    assert (entry.actor, entry.reason) == (lead, LEFT_BEHIND)
    assert reverting.undo_all(own, by=lead, reason="Again").unnamed == []


def test_each_withdrawal_is_an_entry_of_the_audit_chain() -> None:
    submission = publish(tuwaym(), sender())
    ids = {
        str(each.public_id) for table in (PublicIncident, PublicSource, PublicDocument) for each in table.objects.all()
    }
    undo(submission)
    entries = AuditEntry.objects.filter(action="withdraw")
    assert {entry.object_id for entry in entries} == ids
    assert {(entry.reason, entry.actor_id is None) for entry in entries} == {("It never happened", False)}


def test_what_is_rejected_after_approval_leaves_what_was_published_by_itself() -> None:
    submission, moderator = submitting.submit(sender(), tuwaym()), person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    publishing.publish([Source.objects.get()], reason="It is a source of ours too")
    moderating.act(submission, Action.REJECT, by=moderator, reason="Made up")
    assert PublicSource.objects.get().public_id == Source.objects.get().public_id
    assert not Document.objects.exists()
