"""What else becomes public with a record: what it names for the first time, and its links to what is public.

Publishing either end publishes a link, and what is merely named is published once: whoever edited the other end, or
what is named, would otherwise need no second person.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from incidents import choices
from incidents.models import (
    Actor,
    Attribution,
    AuditEntry,
    Claim,
    Document,
    Incident,
    IncidentAct,
    IncidentRelation,
    Investigation,
    PublicIncident,
    PublicInvestigation,
    PublicMention,
    PublicPerpetrator,
    Scope,
    Source,
    Statement,
    TargetedGroup,
)
from incidents.models.gathering import columns
from incidents.rules.publication.board import TABLES, Content
from incidents.rules.publication.dependencies import of_investigations
from incidents.rules.publication.findings import FOUND, findings_of, rows_of
from incidents.rules.publication.publishing import KINDS, published_document
from incidents.rules.publication.rendering import investigations_to_render
from incidents.rules.trail.differences import kind_of

INCIDENT, INVESTIGATION = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value
EDITS = (choices.AuditAction.CREATE, choices.AuditAction.CHANGE, choices.AuditAction.DELETE)
Named = Source | Document | Actor
Links = dict[tuple[str, ...], tuple[Any, ...]]
Rows = Callable[[Any], QuerySet[Any, Any]]
"""The `.values()` that a statement reads for the primary keys of incidents."""


def named_first(record: Incident | Investigation | Document) -> dict[type[Named], set[int]]:
    """The primary keys of what the record names and is not public; what is public stays as it was published."""
    if isinstance(record, Incident):
        named = named_by(record)
    elif isinstance(record, Document):
        named = {Source: {record.publisher_id}}
    else:
        told = of_investigations(investigations_to_render([record.pk]))
        objects: list[Named] = [*told.sources.values(), *told.documents.values(), *told.perpetrators.values()]
        named = defaultdict(set)
        for each in objects:
            named[type(each)].add(each.pk)
    return {model: _not_public(model, keys) for model, keys in named.items()}


def _not_public(model: type[Named], keys: set[int]) -> set[int]:
    def rows(some: Any) -> QuerySet[Any, Any]:
        public = TABLES[KINDS[model]]._default_manager.values("public_id")
        return model._default_manager.filter(pk__among=some).exclude(public_id__in=public).order_by().values("pk")

    return {key for (key,) in columns(("not public", model), rows, model._meta.pk, keys)}


def named_by(incident: Incident) -> dict[type[Named], set[int]]:
    """What an incident may name, also where its sensitivity or a document does not let it."""
    sources, documents = set(), set()
    for model in (Claim, IncidentAct, TargetedGroup, Attribution):
        for source, document, publisher in _of_incident(("named by", model), partial(_saying, model), incident):
            sources |= {source, publisher}
            documents.add(document)
    for document, *who in _of_incident("named by statements", _statements, incident):
        sources |= {*who}
        documents.add(document)
    for what, rows in (("named by relations", _relations_of), ("named as corroborating", _corroborating)):
        sources.update(source for (source,) in _of_incident(what, rows, incident))
    actors = {actor for (actor,) in _of_incident("accused", _accused, incident)}
    return {Source: sources - {None}, Document: documents, Actor: actors}


def _of_incident(what: Hashable, rows: Rows, incident: Incident) -> list[Any]:
    """Asked of every incident that is published by a second person: put together anew it took as long as publishing."""
    return columns(what, rows, Incident._meta.pk, [incident.pk])


def _saying(model: type[Model], keys: Any) -> QuerySet[Any, Any]:
    rows = model._default_manager.filter(incident__among=keys).order_by()
    return rows.values("asserted_by", "document", "document__publisher")


def _statements(keys: Any) -> QuerySet[Any, Any]:
    rows = Statement.objects.filter(about__among=keys).order_by()
    return rows.values("document", "by", "answer_asserted_by", "document__publisher")


def _relations_of(keys: Any) -> QuerySet[Any, Any]:
    ends = Q(from_incident__among=keys) | Q(to_incident__among=keys)
    return IncidentRelation.objects.filter(ends).order_by().values("asserted_by")


def _corroborating(keys: Any) -> QuerySet[Any, Any]:
    return Claim.corroborated_by.through.objects.filter(claim__incident__among=keys).values("source")


def _accused(keys: Any) -> QuerySet[Any, Any]:
    return Attribution.objects.filter(incident__among=keys).order_by().values("actor")


def hold_named(*incidents: Incident) -> None:
    """Lock the sources and documents that incidents name, after the incidents, until the transaction ends.

    What ranks their claims stands there: whoever looks at it and publishes then publishes what was looked at.
    """
    named = [named_by(each) for each in incidents]
    for model in (Source, Document):
        keys = {key for each in named for key in each[model]}
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__among=keys).order_by("pk")
        list(rows.values_list("pk"))


def linked_otherwise(record: Incident | Investigation) -> list[Incident | Investigation]:
    """The public records whose links with this one read otherwise in the working record than in public."""
    content = published_document(KINDS[type(record)], record.public_id) or {}
    if isinstance(record, Incident):
        relations = _differing(_relations_said(content), _relations(record))
        inquiries = _differing(_inquiries_said(content), _inquiries(record)) | _inquiries_into_accused(record)
    else:
        relations = _differing(_scope_said(content), _scope(record)) | _findings_otherwise(record)
        inquiries = set()
    return [*Incident.objects.filter(public_id__in=relations), *Investigation.objects.filter(public_id__in=inquiries)]


def _differing(said: Links, now: Links) -> set[UUID]:
    """The ids at the other ends, the last of each key, of links that are not the same in both."""
    return {UUID(key[-1]) for key in {*said, *now} if said.get(key) != now.get(key)}


def _relations_said(content: Content) -> Links:
    return {
        (each["type"], str(each["incoming"]), each["incident"]["id"]): (each["certainty"],)
        for each in content.get("relations", [])
    }


def _relations(incident: Incident) -> Links:
    found: Links = {}
    for here, there in (("from_incident", "to_incident"), ("to_incident", "from_incident")):
        rows = _of_incident(("relations to what is public", here), partial(_related, here, there), incident)
        for kind, certainty, other in rows:
            found[kind, str(here == "to_incident"), str(other)] = (certainty,)
    return found


def _related(here: str, there: str, keys: Any) -> QuerySet[Any, Any]:
    public = PublicIncident.objects.values("public_id")
    rows = IncidentRelation.objects.filter(**{f"{here}__among": keys, f"{there}__public_id__in": public}).order_by()
    return rows.values("type", "certainty", f"{there}__public_id")  # type: ignore[no-any-return]


def _inquiries_said(content: Content) -> Links:
    return {(each["id"],): (each["scope"],) for each in content.get("investigations", [])}


def _inquiries(incident: Incident) -> Links:
    rows = _of_incident("inquiries into it", _public_scopes, incident)
    return {(str(key),): (kind,) for key, kind in rows}


def _public_scopes(keys: Any) -> QuerySet[Any, Any]:
    public = PublicInvestigation.objects.values("public_id")
    rows = Scope.objects.filter(incident__among=keys, investigation__public_id__in=public).order_by()
    return rows.values("investigation__public_id", "kind")


def _inquiries_into_accused(incident: Incident) -> set[UUID]:
    """The public inquiries whose scope holds actors that the incident may be the first to accuse in public."""
    return {key for (key,) in _of_incident("inquiries into those accused", _scopes_of_accused, incident)}


def _scopes_of_accused(keys: Any) -> QuerySet[Any, Any]:
    rows = Scope.objects.filter(
        actor__attributions__incident__among=keys,
        investigation__public_id__in=PublicInvestigation.objects.values("public_id"),
    ).exclude(actor__public_id__in=PublicPerpetrator.objects.values("public_id"))
    return rows.order_by().values("investigation__public_id")


def _scope_said(content: Content) -> Links:
    return {(each["incident"]["id"],): (each["kind"],) for each in content.get("scope", [])}


def _scope(investigation: Investigation) -> Links:
    public = PublicIncident.objects.values("public_id")
    rows = Scope.objects.filter(investigation=investigation, incident__public_id__in=public)
    return {(str(key),): (kind,) for key, kind in rows.values_list("incident__public_id", "kind")}


def _findings_otherwise(investigation: Investigation) -> set[UUID]:
    """The public incidents of which claims or attributions are its findings in public or in the record, not in both."""
    key = investigation.public_id
    now = findings_of([key])
    said = PublicMention.objects.filter(mentioned=key, holder_kind=INCIDENT).values_list("holder", flat=True)
    found = set()
    for incident in {*now, *said}:
        rows = list(rows_of(published_document(INCIDENT, incident) or {part: [] for part in FOUND}))
        public = {row["id"] for row in rows if row["investigation"] == str(key)}
        if public != now.get(incident, {}).keys() & {row["id"] for row in rows}:
            found.add(incident)
    return found


def inquiries_about(record: Incident | Investigation) -> list[Investigation]:
    """The inquiries whose documents show what is said about the record."""
    if isinstance(record, Investigation):
        return [record]
    said = published_document(INCIDENT, record.public_id) or {}
    public = [each["id"] for each in said.get("investigations", [])]
    about = Q(scopes__incident=record) | Q(answers__about=record)
    return list(Investigation.objects.filter(about | Q(public_id__in=public)).distinct())


def stated(record: Incident | Investigation, inquiries: Iterable[Investigation]) -> set[str]:
    """The ids of what is said about the record to these inquiries, as it stands now or as they are published."""
    about = (
        Q(about=record)
        if isinstance(record, Incident)
        else Q(answered_by=record) | Q(about__scopes__investigation=record)
    )
    found = set(map(str, Statement.objects.filter(about).values_list("public_id", flat=True)))
    for inquiry in inquiries:
        content = published_document(INVESTIGATION, inquiry.public_id) or {}
        for each in content.get("statements", []):
            if isinstance(record, Investigation) or str(record.public_id) in {about["id"] for about in each["about"]}:
                found.add(each["id"])
    return found


def stating(record: Incident | Investigation, inquiries: Iterable[Investigation], since: datetime | None) -> Any:
    """The entries of the audit chain by which what is said about the record was written, changed or deleted since."""
    keys = stated(record, inquiries)
    entries = AuditEntry.objects.filter(kind=kind_of(Statement), object_id__in=keys, action__in=EDITS)
    return entries if since is None else entries.filter(at__gt=since)
