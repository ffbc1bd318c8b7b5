"""Which records people changed since they were last published: what an import or a seed writes there waits with it.

So does what would be the first to publish a source, a document or an actor that people changed. Nobody publishes alone
what another edited; what is due otherwise is the importer's matter.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from incidents.documents.fields import ActorRef
from incidents.models import (
    Actor,
    Attribution,
    Claim,
    Document,
    Incident,
    IncidentAct,
    IncidentRelation,
    PublicIncident,
    PublicMention,
    Source,
    Statement,
    TargetedGroup,
)
from incidents.models.history import CREATED
from incidents.rules.publication.board import TABLES, content_of
from incidents.rules.publication.publishing import KINDS

WAITS = "people changed it and nobody published that yet"
NAMES_WAITING = "people changed what it is the first to name, and nobody published that yet"
SAID: tuple[Any, ...] = (Claim, Attribution, IncidentAct, TargetedGroup)


def edited_by_hand(records: Sequence[Any], reason: str, *, entered: bool = False) -> set[UUID]:
    """The public ids of those of these records of one model that people changed since; two queries.

    `reason` is what the importer gives as the reason of its own changes. Of what is not public every change counts,
    and with `entered` that they entered it: an older seed did so without a reason.
    """
    if not records:
        return set()
    model = type(records[0])
    ids = {each.pk: each.public_id for each in records}
    by_people = ~Q(history_change_reason=reason) | Q(history_change_reason__isnull=True)
    changes = model.history.filter(by_people, id__among=set(ids))
    if not entered:
        changes = changes.exclude(history_type=CREATED)
    last = dict(changes.values_list("id").annotate(last=Max("history_date")))
    table = TABLES[KINDS[model]]._default_manager
    current = table.filter(public_id__in=[ids[pk] for pk in last]).values_list("public_id", "published_at")
    published = dict(current) if last else {}
    return {ids[pk] for pk, at in last.items() if ids[pk] not in published or published[ids[pk]] < at}


def naming_edited(incidents: Sequence[Incident], reason: str) -> set[UUID]:
    """The public ids of those of these incidents that name something which people changed and which is not public.

    What is public stays as it was published, whoever names it. A party that nobody accuses has no document of its own:
    it is public as the last incident that was published names it. Few queries, however many incidents there are.
    What is not public is locked before it is asked about, after the incidents: it is published as it was looked at.
    """
    naming: dict[type[Any], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for incident, model, key in _named({each.pk for each in incidents}):
        naming[model][key].add(incident)
    found: set[int] = set()
    for model in (Source, Document, Actor):
        holders = naming[model]
        public = TABLES[KINDS[model]]._default_manager.values("public_id")
        first = model._default_manager.filter(pk__among=set(holders)).exclude(public_id__in=public)
        records = list(first.select_for_update(no_key=True).order_by("pk")) if holders else []
        edited = edited_by_hand(records, reason)
        waiting = [each for each in records if each.public_id in edited and not _said_already(each)]
        found.update(*(holders[each.pk] for each in waiting))
    return {each.public_id for each in incidents if each.pk in found}


def _said_already(record: Any) -> bool:
    """Whether it is an actor that a public incident names as it is called now."""
    if not isinstance(record, Actor):
        return False
    holders = PublicMention.objects.filter(mentioned=record.public_id).values("holder")
    last = PublicIncident.objects.filter(public_id__in=holders).order_by("-seq").first()
    said = content_of(last.document)["attributions"] if last is not None else ()
    return any(each["perpetrator"] == ActorRef(record).data for each in said)


def _named(incidents: set[int]) -> Iterator[tuple[int, type[Any], int]]:
    """(incident, model, primary key) of the sources, documents and actors that these incidents name."""
    for table in SAID:
        columns = {"asserted_by": Source, "document__publisher": Source, "document": Document}
        yield from _columns(table.objects.filter(incident__among=incidents), "incident", columns)
    yield from _columns(Attribution.objects.filter(incident__among=incidents), "incident", {"actor": Actor})
    for end in ("from_incident", "to_incident"):
        relations = IncidentRelation.objects.filter(**{f"{end}__among": incidents})
        yield from _columns(relations, end, {"asserted_by": Source})
    corroborating = Claim.corroborated_by.through.objects.filter(claim__incident__among=incidents)
    yield from _columns(corroborating, "claim__incident", {"source": Source})
    columns = {"by": Source, "answer_asserted_by": Source, "document__publisher": Source, "document": Document}
    yield from _columns(Statement.objects.filter(about__among=incidents), "about", columns)


def _columns(rows: Any, incident: str, named: dict[str, type[Any]]) -> Iterator[tuple[int, type[Any], int]]:
    for holder, *keys in rows.order_by().values_list(incident, *named):
        for model, key in zip(named.values(), keys, strict=True):
            if holder is not None and key is not None:
                yield holder, model, key
