"""The sources, documents and perpetrators that an incident or an investigation names.

They are published with it, so that every id in a document can be followed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents import choices
from incidents.models import (
    Actor,
    Attribution,
    Document,
    Incident,
    IncidentRelation,
    Investigation,
    PublicIncident,
    PublicInvestigation,
    Source,
    Statement,
)
from incidents.models.gathering import among, columns, parts_of
from incidents.rules.publication.disclosure import DISCREET, publishable


@dataclass(slots=True)
class Dependencies:
    """What is named, by public id; `explicit` are those somebody asked to publish by themselves."""

    sources: dict[UUID, Source] = field(default_factory=dict)
    documents: dict[UUID, Document] = field(default_factory=dict)
    perpetrators: dict[UUID, Actor] = field(default_factory=dict)
    explicit: set[UUID] = field(default_factory=set)

    def source(self, source: Source | None) -> None:
        if source is not None:
            self.sources.setdefault(source.public_id, source)

    def document(self, document: Document | None) -> None:
        if document is not None and document.public_id not in self.documents:
            self.documents[document.public_id] = document
            if document.publishable:
                self.source(document.publisher)

    def said(self, source: Source, document: Document) -> None:
        """What somebody says in a document: both are named, the source only where the document may be published."""
        self.document(document)
        if document.publishable:
            self.source(source)

    def said_discreetly(self, source: Source, document: Document) -> None:
        """The same for a highly sensitive incident, which does not say where it stands.

        Published beside it in the log, the document would. One that may not be published is still taken up, so that
        what stands in it is taken out.
        """
        if document.publishable:
            self.source(source)
        else:
            self.document(document)

    def add(self, obj: Source | Document | Actor) -> None:
        """Take up an object that is to be published by itself."""
        self.explicit.add(obj.public_id)
        if isinstance(obj, Source):
            self.sources[obj.public_id] = obj
        elif isinstance(obj, Document):
            self.documents[obj.public_id] = obj
            if obj.publishable:
                self.source(obj.publisher)
        else:
            self.perpetrators[obj.public_id] = obj

    def __or__(self, other: "Dependencies") -> Self:
        for mine, theirs in (
            (self.sources, other.sources),
            (self.documents, other.documents),
            (self.perpetrators, other.perpetrators),
        ):
            mine.update(theirs)  # type: ignore[arg-type]
        return self


def names_a_perpetrator(attribution: Attribution) -> bool:
    """Whether it says that the actor did it: a perpetrating role, alleged, accepted or found."""
    return attribution.role in choices.PERPETRATING_ROLES and attribution.position in choices.ASSERTING_POSITIONS


def of_incidents(incidents: Iterable[Incident]) -> Dependencies:
    """What the documents of these incidents (from incidents_to_render) name."""
    found = Dependencies()
    pks: set[int] = set()
    hushed: set[int] = set()
    # By the keys of a source and a document: thousands of rows say the same pair.
    said: dict[tuple[int, int], Any] = {}
    said_discreetly: dict[tuple[int, int], Any] = {}
    for incident in incidents:
        if incident.sensitivity == choices.Sensitivity.SEVERE:
            continue
        discreet = incident.sensitivity in DISCREET
        pairs = said_discreetly if discreet else said
        (hushed if discreet else pks).add(incident.pk)
        for claim in parts_of(incident, "claims"):
            for source in parts_of(claim, "corroborated_by") if publishable(claim) else ():
                found.source(source)
        for row in _said(incident):
            pairs[row.asserted_by_id, row.document_id] = row
        for attribution in parts_of(incident, "attributions"):
            if names_a_perpetrator(attribution) and attribution.document.publishable:
                found.perpetrators.setdefault(attribution.actor.public_id, attribution.actor)
    for row in said.values():
        found.said(row.asserted_by, row.document)
    for row in said_discreetly.values():
        found.said_discreetly(row.asserted_by, row.document)
    _related(found, pks | hushed)
    _linked(found, pks)
    return found


def _said(incident: Incident) -> Iterator[Any]:
    """What somebody says of an incident in a document; of claims that are not public what was taken out with one."""
    for claim in parts_of(incident, "claims"):
        if publishable(claim) or not claim.document.publishable:
            yield claim
    for part in ("acts", "targeted_groups", "attributions"):
        yield from parts_of(incident, part)


def _related(found: Dependencies, pks: Collection[int]) -> None:
    """Who asserts these incidents' relations to published ones."""
    for here, there in (("from_incident", "to_incident"), ("to_incident", "from_incident")):

        def asserted(some: Any, here: str = here, there: str = there) -> QuerySet[Any, Any]:
            relations = IncidentRelation.objects.filter(_public(there, some), **{f"{here}__among": some})
            return relations.values("asserted_by")

        asserting = columns(("who asserts relations", here), asserted, Incident._meta.pk, pks)
        for source in among(Source, "pk", {key for (key,) in asserting if key is not None}):
            found.source(source)


def _linked(found: Dependencies, pks: Collection[int]) -> None:
    """What is said about these incidents to published inquiries."""

    def said(some: Any) -> QuerySet[Any, Any]:
        published = PublicInvestigation.objects.values("public_id")
        covering = Investigation.objects.filter(public_id__in=published, scopes__incident__among=some)
        linked = Q(answered_by__public_id__in=published) | Q(about__scopes__investigation__in=covering)
        # Filtered twice: the incident that is looked into may be another of those that it is about.
        return Statement.objects.filter(about__among=some).filter(linked).values("pk")

    statements = columns("what is said to inquiries", said, Incident._meta.pk, pks)
    if statements:
        _said_in(found, Statement.objects.filter(pk__among={key for (key,) in statements}))


def _public(incident: str, batch: Any) -> Q:
    """The condition that the incident a row names is published, or is about to be."""
    published = PublicIncident.objects.values("public_id")
    return Q(**{f"{incident}__among": batch}) | Q(**{f"{incident}__public_id__in": published})


def _said_in(found: Dependencies, statements: QuerySet[Statement]) -> None:
    for statement in statements.select_related("by", "document__publisher", "answer_asserted_by").distinct():
        found.said(statement.by, statement.document)
        if statement.document.publishable:
            found.source(statement.answer_asserted_by)


def of_investigations(investigations: Iterable[Investigation], batch: Iterable[Incident] = ()) -> Dependencies:
    """What the documents of these investigations name; of incidents, those count that are published or in `batch`."""
    found = Dependencies()
    pks = [incident.pk for incident in batch]
    for investigation in investigations:
        found.source(investigation.body)
        found.source(investigation.established_by)
        for event in investigation.events.all():
            found.source(event.by)
            found.source(event.reported_by)
            found.document(event.document)
        for recommendation in investigation.recommendations.all():
            found.document(recommendation.document)
        incidents = [scope.incident_id for scope in investigation.scopes.all() if scope.incident_id]
        published = Q(public_id__in=PublicIncident.objects.values("public_id"))
        as_published = published & ~Q(published_sensitivity__in=DISCREET)
        now = Q(pk__in=pks) & ~Q(sensitivity__in=DISCREET)
        public = Incident.objects.filter(as_published | now, pk__in=incidents)
        _said_in(found, Statement.objects.filter(Q(about__in=public) | Q(answered_by=investigation)))
    return found
