"""P6: words from private columns stand in no public answer, file, error page or log, and change no byte of them.

Every column that holds words gets a token of its own, on records that are public and on those that are not.
"""

import base64
import gzip
import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any
from zlib import crc32

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import JSONField, Model, SlugField, URLField
from django.test import Client

from incidents.api.v1.sources import Sources
from incidents.choices import SubmissionAction as Action
from incidents.documents.webhooks import PublicationEvent, SubmissionEvent
from incidents.models import (
    Account,
    ApiKey,
    Claim,
    Document,
    EstimateOverride,
    Incident,
    IncidentReference,
    IncidentRelation,
    Investigation,
    Merge,
    Organisation,
    Publication,
    Source,
    Statement,
    Submission,
    TargetedGroup,
)
from incidents.models.base import TextsField
from incidents.rules.publication import disclosure, rendering
from incidents.rules.releases import release_folder
from incidents.rules.submissions import moderating
from incidents.rules.trail import auditing
from incidents.rules.trail.acting import acting
from tests import factories, moderation_factories, webhooks
from tests.contract.asking import ask, drawn, everything
from tests.contributions import person
from tests.promises.columns import PRIVATE, PUBLIC, declared, tables, words_of
from tests.promises.states import RELEASE, Beside, Record, asked_for, built

pytestmark = pytest.mark.django_db
Kept = Callable[[str, str], None]
# Codes without a vocabulary of their own, and digests that must be hexadecimal.
NO_TOKEN = {"Incident.country", "Incident.published_sensitivity", "PublicMention.holder_kind", "Document.sha256",
            "ApiKey.digest", "SubmissionStep.from_state", "Decision.kind", "Webhook.events", "Webhook.kinds",
            "AuditEntry.kind", "AuditEntry.object_id", "AuditEntry.values_digest", "AuditEntry.previous_hash",
            "AuditEntry.hash", "AuditHead.hash", "AuditValues.salt"}  # fmt: skip
# Tables whose rows are only added: their words are given when a row is made.
ADDED_TO = {"CustodyEvent", "SubmissionStep", "AuditEntry", "AuditValues", "AuditHead"}
RAISED = "raised "
DISCREET = {"Incident": "title summary place_text place_names grade_reason", "TargetedGroup": "group",
            "Claim": "locator quote unit_as_written method based_on retraction_reason", "IncidentReference": "key",
            "IncidentRelation": "reason", "Document": "title url archive_url sha256_of seen_at rights",
            "EstimateOverride": "role reason"}  # fmt: skip


def token(version: str, where: str) -> str:
    """A word of ten letters and digits that stands for a column; versions sort before and behind everything else."""
    return f"{version}q{crc32(where.encode()) % 10**7:07d}x"


class Canaries:
    """Tokens of one version, written into private columns when the record is made."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.tokens: dict[str, str] = {}

    def value(self, model: type[Model], field: Any, mark: str = "") -> Any:
        where = f"{mark}{model.__name__}.{field.name}"
        # What was public once stays in the digests of the log, so that it is the same in every version.
        word = self.tokens[where] = token("Mm" if mark == RAISED else self.version, where)
        if isinstance(field, TextsField):
            return {"en": f"{word} said", "ar": f"{word} قال"}
        if isinstance(field, JSONField):
            return (
                {"fact": 3} if field.name == "facts" else [word] if field.name != "field_choices" else {"title": word}
            )
        if isinstance(field, URLField):
            return f"https://example.org/{word}"
        return word if isinstance(field, SlugField) else f"{word} words"[: field.max_length or 100]

    def fill(self, model: type[Model], names: Iterable[str], mark: str, **where: Any) -> None:
        """Give these columns of the rows a token each."""
        fields = [field for field in words_of(model) if field.name in set(names)]
        told = [field for field in fields if f"{model.__name__}.{field.name}" not in NO_TOKEN]
        values = {field.name: self.value(model, field, mark) for field in told}
        if values:
            model._default_manager.filter(**where).update(**values)

    def beside(self) -> Beside:
        def write(record: Record) -> None:
            if len(record.incidents) and not record.investigations:
                self._withheld(record)
            if record.investigations and not record.published:
                self._private(record)
            if record.published:
                self._everywhere_else(record)

        return write

    def _withheld(self, record: Record) -> None:
        """Public columns of what is highly sensitive, confidential, or in a document without consent."""
        discreet = Incident.objects.filter(sensitivity="high")
        closed = factories.DocumentFactory(consent="none", publisher=factories.SourceFactory(confidential=True))
        for incident in discreet:
            factories.ClaimFactory(
                incident=incident, value=3, retracted_by="source", retracted_at=datetime(2025, 3, 1, tzinfo=UTC)
            )
            factories.ClaimFactory(incident=incident, document=closed)
            factories.IncidentRelationFactory(from_incident=incident, to_incident=record.incidents[6], type="causes")
            factories.EstimateOverrideFactory(incident=incident)
        about = {"incident__in": discreet}
        own = Document.objects.filter(claims__incident__in=discreet).exclude(claims__incident__sensitivity="low")
        rows: dict[type[Model], dict[str, Any]] = {
            Incident: {"sensitivity": "high"},
            Claim: about,
            TargetedGroup: about,
            IncidentReference: {"incident": discreet[0]},
            IncidentRelation: {"from_incident__in": discreet},
            EstimateOverride: about,
            Document: {"pk__in": list(own.values_list("pk", flat=True))},
        }
        for model, where in rows.items():
            self.fill(model, DISCREET[model.__name__].split(), "discreet ", **where)
        self.fill(Document, PUBLIC["Document"].split(), "closed ", pk=closed.pk)
        for kind in (Claim, TargetedGroup):
            factory = {Claim: factories.ClaimFactory, TargetedGroup: factories.TargetedGroupFactory}[kind]
            row: Any = factory(incident=record.incidents[5], document=closed)
            self.fill(kind, PUBLIC[kind.__name__].split(), "closed ", pk=row.pk)
        self.fill(Source, ["names"], "confidential ", confidential=True)
        hidden: Any = factories.ClaimFactory(
            incident=record.incidents[6], asserted_by=record.sources[0], public=False, value=77
        )
        self.fill(Claim, PUBLIC["Claim"].split(), "not public ", pk=hidden.pk)

    def _private(self, record: Record) -> None:
        """Columns that are private whatever the record, of records that are to be published."""
        for document in Document.objects.all():
            factories.CustodyEventFactory(document=document, by=self.word("by"), note=self.word("note"))
        raised = record.incidents[-2]  # published as it is, then made highly sensitive
        own = Document.objects.filter(claims__incident=raised)
        about = {"incident": raised}
        rows: dict[type[Model], dict[str, Any]] = {
            Incident: {"pk": raised.pk},
            Claim: about,
            Document: {"pk__in": own},
            TargetedGroup: about,
            IncidentReference: about,
            EstimateOverride: about,
        }
        factories.EstimateOverrideFactory(incident=raised)
        for model, where in rows.items():
            self.fill(model, DISCREET[model.__name__].split(), RAISED, **where)
        user = factories.UserFactory()
        factories.EstimateOverrideFactory(incident=record.incidents[7], made_by=user)
        theirs = Organisation.objects.create(name="Theirs")
        Account.objects.create(user=user, organisation=theirs, role="contributor")
        ApiKey.objects.create(
            organisation=theirs, owner=user, name="key", prefix="p", digest="0" * 64, pepper_version=1
        )
        Merge.objects.create(
            survivor=record.incidents[0],
            absorbed=factories.IncidentFactory(),
            reason="Twice.",
            undone_at=datetime(2025, 3, 9, tzinfo=UTC),
            undo_reason="Not twice.",
        )
        self._sent(record, theirs, user)
        for table in tables():
            if table.__name__ in PRIVATE and table.__name__ not in ADDED_TO:
                self.fill(table, PRIVATE[table.__name__].split(), "")
        # Told from here on of all that is published, and of the step that is taken here.
        webhooks.subscribe(organisation=theirs)
        moderating.act(Submission.objects.get(organisation=theirs), Action.CLAIM, by=person("moderator"))

    def _sent(self, record: Record, theirs: Organisation, user: User) -> None:
        """What an organisation sent, what it is told, what was decided, and what the audit chain keeps of it."""
        part = moderation_factories.SubmissionPartFactory(submission__organisation=theirs, submission__author=user)
        moderation_factories.SubmissionStepFactory(
            submission=part.submission, reason=self.word("reason", "SubmissionStep")
        )
        moderation_factories.RecognitionFactory(organisation=theirs)
        moderation_factories.IdempotentRequestFactory(organisation=theirs)
        moderation_factories.DecisionFactory(object_id=record.incidents[0].public_id, proposed_by=user)
        webhooks.WebhookMessageFactory(
            webhook__organisation=theirs,
            webhook__earlier_secret="sealed",
            webhook__earlier_until=datetime(2025, 3, 9, tzinfo=UTC),
        )
        first, second = sorted(record.incidents[:2], key=lambda each: each.pk)
        factories.DuplicateCandidateFactory(first=first, second=second)
        with acting(key_prefix=self.word("key_prefix", "AuditEntry"), request_id=self.word("request_id", "AuditEntry")):
            auditing.record(
                action="create",
                obj=part.submission,
                after={"x": self.word("values", "AuditValues")},
                reason=self.word("reason", "AuditEntry"),
            )

    def word(self, column: str, table: str = "CustodyEvent") -> str:
        where = f"{table}.{column}"
        self.tokens[where] = token(self.version, where)
        return self.tokens[where]

    def _everywhere_else(self, record: Record) -> None:
        """Every column that holds words, of records that nobody published."""
        incident = factories.IncidentFactory()
        document = factories.DocumentFactory()
        investigation = factories.InvestigationFactory()
        actor = factories.ActorFactory()
        made: list[Any] = [
            incident, document, document.publisher, investigation, actor,
            factories.ActorAliasFactory(actor=actor), factories.ActorReferenceFactory(actor=actor),
            factories.IncidentReferenceFactory(incident=incident), factories.TargetedGroupFactory(incident=incident),
            factories.IncidentRelationFactory(from_incident=incident, to_incident=record.incidents[3]),
            factories.InvestigationEventFactory(investigation=investigation),
            factories.DeadlineFactory(investigation=investigation),
            factories.RecommendationFactory(investigation=investigation),
            factories.StatementFactory(answered_by=investigation),
            factories.ClaimFactory(incident=incident, document=document),
            factories.EstimateOverrideFactory(incident=incident),
        ]  # fmt: skip
        for each in made:
            if isinstance(each, Document | Source | Incident | Investigation | Statement | Claim):
                record.hidden.append(each)
            if type(each).__name__ != "InvestigationEvent":  # append-only: its note is given when it is made
                self.fill(type(each), PUBLIC[type(each).__name__].split(), "draft ", pk=each.pk)


def spellings(word: str) -> list[bytes]:
    """How a token may stand in a text: plain, in the other case, in base64 at any offset."""
    raw = word.encode()
    encoded = [base64.b64encode(b" " * pad + raw)[4:-4] for pad in range(3)]
    return [raw.lower(), json.dumps(word).strip('"').lower().encode(), *(each.lower() for each in encoded)]


def found(canaries: Canaries, texts: Iterable[tuple[str, bytes]]) -> list[str]:
    sought = [(where, each) for where, word in canaries.tokens.items() for each in spellings(word)]
    return [
        f"{where} in {name}"
        for name, text in ((name, text.lower()) for name, text in texts)
        for where, each in sought
        if each in text
    ]


def answered(canaries: Canaries, drawn_queries: int) -> dict[str, bytes]:
    """Every public answer, file of a release and error page beside these canaries."""
    with built(canaries.beside()) as record:
        pool = asked_for(record)
        addresses = [
            *everything(pool), *drawn(Random(9), pool, drawn_queries), "/", "/nothing/", "/api/v1/schema/",
            "/api/v1/incidents/?nothing=1", "/api/v1/claims/?cursor=x", "/admin/login/", "/releases/frozen/nothing",
        ]  # fmt: skip
        texts = {address: ask(address) for address in addresses}
        texts |= {f"file {each.name}": unpacked(each.read_bytes()) for each in release_folder(RELEASE).iterdir()}
        texts |= told()
        texts["405"] = Client().post("/api/v1/incidents/", {"q": "x"}).content
        call_command("verify_log")
        call_command("reindex", check=True)
    return texts


def told() -> dict[str, bytes]:
    """The body of every message of a webhook that is due, under its number."""
    wire = webhooks.Wire()
    webhooks.deliver(wire)
    return {f"webhook {number}": each.body for number, each in enumerate(wire.sent)}


def unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def test_every_column_that_holds_words_is_declared_private_or_public() -> None:
    there = {f"{model.__name__}.{field.name}" for model in tables() for field in words_of(model)}
    assert there == declared(PRIVATE) | declared(PUBLIC)
    assert declared(PRIVATE) & declared(PUBLIC) == set()


def test_no_word_of_a_private_column_is_public_and_none_changes_a_byte(
    full_profile: bool, kept: Kept, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = Canaries("Aa"), Canaries("Zy")
    queries = 600 if full_profile else 40
    with caplog.at_level(logging.DEBUG):
        texts, again = answered(first, queries), answered(second, queries)
    said = capsys.readouterr()
    logs = [("log", caplog.text.encode()), ("output", (said.out + said.err).encode())]
    bodies = [body for name, body in texts.items() if name.startswith("webhook ")]
    assert {json.loads(body)["type"] for body in bodies} >= {
        "submission.changed", "publication.published", "publication.withdrawn", "publication.redacted"
    }  # fmt: skip
    hits = found(first, [*texts.items(), *logs]) + found(second, [*again.items(), *logs])
    assert hits == []
    assert set(first.tokens) == set(second.tokens)
    assert declared(PRIVATE) - NO_TOKEN <= set(first.tokens), "every private column has its token"
    assert {f"draft {each}" for each in declared(PUBLIC)} - set(first.tokens) <= {
        f"draft {each}" for each in NO_TOKEN | {"Merge.reason", "InvestigationEvent.note"}
    }
    # The form to log in has a token of its own each time.
    different = [name for name in again if again[name] != texts[name] and name != "/admin/login/"]
    assert different == []
    kept(
        "P6",
        f"{len(hits)} of {len(first.tokens)} tokens / {len(texts)} answers, {len(bodies)} of them to webhooks, "
        f"{len(different)} changed by another",
    )


def test_an_error_page_does_not_repeat_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(token("Aa", "Source.reliability_reason"))

    monkeypatch.setattr(Sources, "page", broken)
    answer = Client(raise_request_exception=False).get("/api/v1/sources/")
    assert answer.status_code == 500
    assert token("Aa", "Source.reliability_reason").encode() not in answer.content


# Controls


def test_a_document_that_tells_why_a_source_is_reliable_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    content = rendering.source_content

    def leaking(source: Source) -> dict[str, Any]:
        return content(source) | {"reason": source.reliability_reason}

    monkeypatch.setattr("incidents.rules.publication.naming.source_content", leaking)
    canaries = Canaries("Aa")
    assert any(
        hit.startswith("Source.reliability_reason in ") for hit in found(canaries, answered(canaries, 0).items())
    )


def test_a_webhook_that_is_told_what_was_sent_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    published, changed = PublicationEvent.to_representation, SubmissionEvent.to_representation

    def leaking(self: PublicationEvent, row: Publication) -> Any:
        notes = Incident.objects.filter(public_id=row.object_id).values_list("notes", flat=True)
        return published(self, row) | {"notes": list(notes)}

    def telling(self: SubmissionEvent, event: Any) -> Any:
        sent = Submission.objects.filter(public_id=event["data"]["id"]).values_list("note", flat=True)
        return changed(self, event) | {"note": list(sent)}

    monkeypatch.setattr(PublicationEvent, "to_representation", leaking)
    monkeypatch.setattr(SubmissionEvent, "to_representation", telling)
    canaries = Canaries("Aa")
    hits = found(canaries, answered(canaries, 0).items())
    caught = {hit.split(" in ")[0] for hit in hits if " in webhook " in hit}
    assert caught == {"Incident.notes", "Submission.note"}


def test_a_highly_sensitive_incident_told_like_any_other_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    disclose = disclosure.disclose

    def leaking(incident: Incident) -> Any:
        incident.sensitivity = "low"
        return disclose(incident)

    monkeypatch.setattr("incidents.rules.publication.rendering.disclose", leaking)
    canaries = Canaries("Aa")
    hits = found(canaries, answered(canaries, 0).items())
    assert {"discreet Incident.title", "discreet Claim.quote"} <= {hit.split(" in ")[0] for hit in hits}


def test_a_token_is_found_however_it_is_written() -> None:
    canaries = Canaries("Aa")
    canaries.tokens["here"] = word = token("Aa", "here")
    for text in (word, word.upper(), json.dumps({"a": f"é{word}"}), base64.b64encode(f"xy{word}z".encode()).decode()):
        assert found(canaries, [("text", text.encode())])
