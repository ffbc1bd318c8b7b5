"""The sources, documents and perpetrators that an incident or an investigation names.

They are published with it, so that every id in a document can be followed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from incidents import choices
from incidents.models import Actor, Attribution, Document, Incident, IncidentRelation, Investigation, Source, Statement
from incidents.rules.disclosure import publishable


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

    def add(self, obj: Source | Document | Actor) -> None:
        """Take up an object that is to be published by itself."""
        self.explicit.add(obj.public_id)
        if isinstance(obj, Source):
            self.sources[obj.public_id] = obj
        elif isinstance(obj, Document):
            self.documents[obj.public_id] = obj
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
    pks = []
    for incident in incidents:
        pks.append(incident.pk)
        for claim in incident.claims.all():
            if publishable(claim) or not claim.document.publishable:
                found.said(claim.asserted_by, claim.document)
            if publishable(claim):
                for source in claim.corroborated_by.all():
                    found.source(source)
        for act in incident.acts.all():
            found.said(act.asserted_by, act.document)
        for group in incident.targeted_groups.all():
            found.said(group.asserted_by, group.document)
        for attribution in incident.attributions.all():
            found.said(attribution.asserted_by, attribution.document)
            if attribution.document.publishable and names_a_perpetrator(attribution):
                found.perpetrators.setdefault(attribution.actor.public_id, attribution.actor)
    for side in ("from_incident__in", "to_incident__in"):
        for relation in IncidentRelation.objects.filter(**{side: pks}).select_related("asserted_by"):
            found.source(relation.asserted_by)
    return found


def of_investigations(investigations: Iterable[Investigation]) -> Dependencies:
    """What the documents of these investigations name."""
    found = Dependencies()
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
        statements = Statement.objects.filter(about__in=incidents) | investigation.answers.all()
        for statement in statements.select_related("by", "document__publisher", "answer_asserted_by").distinct():
            found.source(statement.by)
            found.source(statement.answer_asserted_by)
            found.document(statement.document)
    return found
