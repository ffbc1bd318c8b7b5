"""The same public record built again and again, with other work beside it that is not public.

Ids, salts, moments and the numbers in names are the same each time, so that whole answers can be compared byte by byte.
"""

import os
import random as random_module
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import zip_longest
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from factory.base import Factory

from incidents import models
from incidents.exchange.releases import cut
from incidents.models import Actor, Claim, Document, Incident, Investigation, Source
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.releases import release_folder
from tests import factories, moderation_factories, random_record
from tests.contract.asking import Pool

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
RELEASE = "frozen"
FACTORIES = [each for each in vars(factories).values() if isinstance(each, type) and issubclass(each, Factory)]
CONCRETE = [each for each in FACTORIES if not each._meta.abstract]
FIRST_OF_HIDDEN = 100_000

KINDS: dict[str, type[Any]] = {
    "incidents": Incident,
    "sources": Source,
    "documents": Document,
    "investigations": Investigation,
    "perpetrators": Actor,
    "claims": Claim,
}

Beside = Callable[["Record"], None]


@dataclass
class Record:
    """What has been made so far of the public record, for work that refers to it; and what is hidden."""

    incidents: list[Incident] = field(default_factory=list)
    investigations: list[Investigation] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    published: bool = False
    hidden: list[Any] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class Same:
    """Randomness that gives the public record the same bytes whatever else is made in between."""

    def __init__(self) -> None:
        self.streams = {"public": Random(11), "hidden": Random(12)}
        self.current = "public"
        self.hidden_so_far = 0

    def urandom(self, size: int) -> bytes:
        return self.streams[self.current].randbytes(size)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        before = {each: _number(each) for each in CONCRETE}
        self.hidden_so_far += 1
        for each in CONCRETE:
            _begin(each, FIRST_OF_HIDDEN * self.hidden_so_far)
        self.current = "hidden"
        yield
        self.current = "public"
        for each, number in before.items():
            _begin(each, number)


def _number(factory: Any) -> int:
    """The number that the next row of a factory has in its name."""
    return int(factory._meta._counter.seq)


def _begin(factory: Any, number: int) -> None:
    factory.reset_sequence(number, force=True)


@contextmanager
def built(beside: Beside | None = None) -> Iterator[Record]:
    """The record with, at four stages, something beside it; undone at the end."""
    same = Same()
    for each in CONCRETE:
        _begin(each, 0)
    shutil.rmtree(release_folder(RELEASE), ignore_errors=True)
    cache.clear()
    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False), transaction.atomic():
        patch.setattr(os, "urandom", same.urandom)
        patch.setattr(random_module, "_urandom", same.urandom)
        record = Record()
        for stage in (_names, _incidents, _inquiries, _publication):
            stage(record)
            if beside is not None:
                with same.hidden():
                    beside(record)
        cut(RELEASE)
        yield record
        transaction.set_rollback(True)
    cache.clear()
    shutil.rmtree(release_folder(RELEASE), ignore_errors=True)


def asked_for(record: Record) -> Pool:
    """What a caller who knows every id and word, of the hidden too, may ask for; what changed last comes first."""
    pool = Pool.of_database(*record.words)
    pool.ids += [str(each.public_id) for each in record.hidden]
    for kind, model in KINDS.items():
        public = list(dict.fromkeys(reversed(pool.kinds.get(kind, []))))
        hidden = [str(each.public_id) for each in record.hidden if isinstance(each, model)]
        pool.kinds[kind] = [key for pair in zip_longest(public, hidden) for key in pair if key]
    return pool


# The public record


def _names(record: Record) -> None:
    random_record.add_areas()
    record.actors = [factories.ActorFactory.create(type=kind) for kind in ("state_armed", "nonstate_armed", "crowd")]
    record.sources = factories.SourceFactory.create_batch(3)
    witness = factories.SourceFactory.create(kind="witness", names={"en": "A witness"})
    record.sources.append(witness)


def _incidents(record: Record) -> None:
    random = Random(5)
    record.incidents = [random_record.an_incident(random, record.actors) for _ in range(12)]
    random_record.relate(random, record.incidents)
    for incident, source in zip(record.incidents, record.sources * 2, strict=False):
        document = factories.DocumentFactory(publisher=source, url="https://example.org/report")
        factories.ClaimFactory(incident=incident, document=document, value=random.randrange(50), status="all")
        factories.IncidentReferenceFactory(incident=incident)
        factories.TargetedGroupFactory(incident=incident, document=document)
    for number, sensitivity in enumerate(("moderate", "high", "high")):
        # Where it really was is the same each time; what is hidden beside it is not.
        Incident.objects.filter(pk=record.incidents[number].pk).update(
            sensitivity=sensitivity, latitude=35.1 + number / 10, longitude=36.2, geo_precision="exact"
        )


def _inquiries(record: Record) -> None:
    for incident in record.incidents[:4]:
        investigation = factories.InvestigationFactory()
        factories.ScopeFactory(investigation=investigation, incident=incident)
        event = factories.InvestigationEventFactory(investigation=investigation)
        factories.DeadlineFactory(investigation=investigation, set_by=event)
        factories.StatementFactory(answered_by=investigation).about.set([incident])
        record.investigations.append(investigation)


def _publication(record: Record) -> None:
    record.incidents = list(Incident.objects.filter(pk__in=[each.pk for each in record.incidents]).order_by("pk"))
    publish([*record.incidents, *record.investigations, *record.sources[:3]])
    withdraw(record.incidents[-1], reason_code="correction", reason="Counted twice.")
    raised = record.incidents[-2]
    Incident.objects.filter(pk=raised.pk).update(sensitivity="high")
    publish([Incident.objects.get(pk=raised.pk)])
    record.published = True


# What is not public


def unpublished(number: int) -> Beside:
    """Drafts, severe incidents, what has no consent, confidential sources, other organisations' rows, open edits."""

    def beside(record: Record) -> None:
        random = Random(len(record.hidden))
        for _ in range(number):
            _drafts(record, random, f"Hiddenword{len(record.hidden)}")
        _beside_what_is_published(record, random)
        _others(record)
        if record.published:
            _open_edits(record)

    return beside


def _drafts(record: Record, random: Random, word: str) -> None:
    """A record of everything that nobody published, or may."""
    record.words.append(word)
    text = {"en": f"{word} text", "ar": f"{word} نص"}
    severity = random.choice(["low", "moderate", "high", "severe"])
    area = models.AdminArea.objects.filter(pcode="SY060101").first()
    incident = factories.IncidentFactory(
        title=text, summary=text, place_text=word, sensitivity=severity, areas=[area] if area else [],
        latitude=35.2, longitude=36.1, geo_precision="exact", start_earliest=date(2025, 1, 2), notes=word,
    )  # fmt: skip
    source = factories.SourceFactory(names=text, confidential=random.random() < 0.5)
    document = factories.DocumentFactory(publisher=source, title=text, consent=random.choice(["none", "not_needed"]))
    actor = factories.ActorFactory(names=text)
    factories.ActorAliasFactory(actor=actor, name=f"{word} alias")
    claim = factories.ClaimFactory(incident=incident, document=document, value=9_999, quote=word)
    factories.ClaimCellFactory(claim=claim, area=area, age_group="", value=5)
    factories.AttributionFactory(incident=incident, document=document, actor=actor, extent="whole")
    factories.IncidentActFactory(incident=incident, document=document, act="torture")
    factories.IncidentReferenceFactory(incident=incident, key=word)
    factories.CustodyEventFactory(document=document, note=word)
    factories.EstimateOverrideFactory(incident=incident, reason=word)
    investigation = factories.InvestigationFactory(names=text, mandate=text, body=source)
    factories.ScopeFactory(investigation=investigation, incident=incident)
    factories.StatementFactory(by=source, document=document, summary=text, answered_by=investigation)
    record.hidden += [incident, source, document, actor, claim, investigation]
    if severity == "severe":
        with pytest.raises(PublishingError):
            publish([incident])


def _beside_what_is_published(record: Record, random: Random) -> None:
    """Rows about records that are or will be public, which must not be seen in them."""
    closed = factories.DocumentFactory(consent="none", title={"en": "Hiddenword of a testimony"})
    draft = [each for each in record.hidden if isinstance(each, Incident)][-1]
    actor = [each for each in record.hidden if isinstance(each, Actor)][-1]
    for incident in record.incidents:
        factories.ClaimFactory(incident=incident, public=False, value=7_777)
        record.hidden.append(factories.ClaimFactory(incident=incident, document=closed, value=8_888))
        factories.AttributionFactory(incident=incident, document=closed, actor=actor, extent="whole")
        factories.IncidentActFactory(incident=incident, document=closed, act="torture")
        factories.TargetedGroupFactory(incident=incident, document=closed)
        kind = random.choice(["contains", "possible_duplicate", "parallel"])
        factories.IncidentRelationFactory(from_incident=draft, to_incident=incident, type=kind)
        inquiry = factories.InvestigationFactory(names={"en": "Hiddenword inquiry"})
        factories.ScopeFactory(investigation=inquiry, incident=incident)
        factories.StatementFactory(document=closed).about.set([incident])
    for named in record.actors:
        factories.ActorRelationFactory(from_actor=named, to_actor=actor)


def _others(record: Record) -> None:
    """Another organisation with its people and a key."""
    user = factories.UserFactory(is_staff=True)
    name = f"Hiddenword organisation {user.pk}"
    theirs = models.Organisation.objects.create(name=name, contact="hiddenword@example.org", notes="Hiddenword")
    models.Account.objects.create(user=user, organisation=theirs, role="contributor")
    models.ApiKey.objects.create(
        organisation=theirs, owner=user, name="Hiddenword key", prefix=f"h{user.pk}"[:12], digest="0" * 64,
        pepper_version=1, scopes=["read"],
    )  # fmt: skip
    sent = moderation_factories.SubmissionFactory(
        organisation=theirs, author=user, note="Hiddenword", content={"incident": {"title": {"en": "Hiddenword sent"}}}
    )
    moderation_factories.SubmissionPartFactory(submission=sent, as_written="Hiddenword source")
    moderation_factories.SubmissionStepFactory(submission=sent, reason="Hiddenword reason")
    for incident in record.incidents[:1]:
        moderation_factories.DecisionFactory(
            reason="Hiddenword proposal", object_id=incident.public_id, proposed_by=user, state="declined"
        )


def _open_edits(record: Record) -> None:
    """Changes to published records that nobody has published."""
    said = {"en": "Hiddenword edited"}
    for incident in record.incidents:
        Incident.objects.filter(pk=incident.pk).update(
            title=said, notes="Hiddenword", grade="discounted", country="LBN"
        )
        factories.ClaimFactory(incident=incident, value=6_666)
    Claim.objects.filter(incident__in=record.incidents[:6]).update(value=5_555, qualifier="exact", low=None, high=None)
    Source.objects.filter(pk__in=[each.pk for each in record.sources]).update(names=said)
    Document.objects.filter(publisher__in=record.sources).update(title=said, url="https://example.org/hiddenword")
    Actor.objects.filter(pk__in=[each.pk for each in record.actors]).update(names=said)
    Investigation.objects.filter(pk__in=[each.pk for each in record.investigations]).update(names=said, mandate=said)
