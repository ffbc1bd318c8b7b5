"""A published incident under a stricter sensitivity: what is public of it, said more coarsely, and nothing else.

One person may raise a sensitivity; so that nothing becomes public with it that nobody released, the published document
is put under the stricter rules, never the record that is being edited.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from rest_framework import serializers

from incidents import choices
from incidents.documents import incidents as incident_documents
from incidents.documents.compiling import compiled
from incidents.documents.fields import Discreetly, DiscreetMoment
from incidents.models import Actor, AdminArea, Document, Incident, Source
from incidents.models.gathering import CACHE, parts_of
from incidents.rules.publication.board import Board, Content, told
from incidents.rules.publication.coarsening import coarsened, settlements_in
from incidents.rules.publication.dependencies import Dependencies
from incidents.rules.publication.disclosure import DISCREET, disclose, publishable
from incidents.rules.publication.naming import name
from incidents.rules.publication.parts import PARTS, Key, key_of_row, key_of_said
from incidents.rules.publication.publishing import INCIDENT, PublishOutcome, laxer, recorded
from incidents.rules.publication.recalling import known_as_published
from incidents.rules.publication.rendering import derived_anew, incidents_to_render, is_discreet
from incidents.rules.publication.settling import settle
from incidents.rules.trail import log


def restrict(incident: Incident, *, reason: str) -> PublishOutcome:
    """Put the public document of an incident under its present sensitivity, which allows one, and empty earlier ones.

    What of the record was edited since stays unpublished; what was removed from it goes from the document as well.
    """
    key, code = incident.public_id, choices.ReasonCode.PRIVACY.value
    with transaction.atomic():
        head = log.lock_head()
        board = Board()
        (stored,) = incidents_to_render([incident.pk])
        private = laxer(stored)
        name(board, _named(board.content(INCIDENT, key) or {}), private, code, reason)
        content = under_present_rules(stored, board.content(INCIDENT, key) or {})
        operation = choices.Operation.REDACT.value
        board.put(INCIDENT, key, content, reason_code=code, reason=reason, operation=operation)
        Incident.objects.filter(pk=stored.pk).update(published_sensitivity=stored.sensitivity)
        hushed = {key} if stored.sensitivity in DISCREET else set()
        written = settle(head, board, set(), set(), private, hushed)
        done = PublishOutcome(len(written), 0, head.seq)
        return recorded(done, choices.AuditAction.PUBLISH, [incident], code, reason)


def under_present_rules(incident: Incident, content: Content) -> Content:
    """The published content of an incident (from incidents_to_render) under the sensitivity that it has now.

    Its columns and parts read as they were published. A part that was removed from the record since, or may not be
    published any more, is left out: privacy prevails. So is an act or a targeted group that is named otherwise now,
    since these have no id by which to know them. Figures are derived anew from the claims that are left.
    """
    discreet = is_discreet(content)
    kept = _still_there(incident, discreet=discreet)
    left = content | {
        part: [dict(row) for row in content[part] if key_of_said(part, row, discreet=discreet) in kept]
        for part in PARTS
    }
    left |= _head(incident, content)
    if incident.sensitivity in DISCREET:
        left["external_references"] = []
        record = incident_documents.IncidentRecord(context={"discreet": True})
        left |= _hushed(record, left)
    else:
        references = {(each.scheme, each.key) for each in parts_of(incident, "references")}
        said = content["external_references"]
        left["external_references"] = [each for each in said if (each["scheme"], each["key"]) in references]
        if incident.sensitivity == choices.Sensitivity.MODERATE:
            left["claims"] = coarsened(left["claims"], settlements_in(left["claims"]))
    return derived_anew(left, _known(incident, content))


def _named(content: Content) -> Dependencies:
    """The sources, documents and perpetrators that a published content names, as far as the record still has them."""
    ids = told(content).mentions
    return Dependencies(
        {each.public_id: each for each in Source.objects.filter(public_id__among=ids)},
        {each.public_id: each for each in Document.objects.filter(public_id__among=ids).select_related("publisher")},
        {each.public_id: each for each in Actor.objects.filter(public_id__among=ids)},
    )


def _still_there(incident: Incident, *, discreet: bool) -> set[Key]:
    """What the record still has of an incident's parts and may be published, each by its key."""
    found = {("claims", str(each.public_id)) for each in parts_of(incident, "claims") if publishable(each)}
    others = ((part, each) for part in PARTS if part != "claims" for each in parts_of(incident, part))
    return found | {key_of_row(part, each, discreet=discreet) for part, each in others if each.document.publishable}


def _head(incident: Incident, content: Content) -> Content:
    """Title, summary, dates and place as published, under the incident's present sensitivity."""
    place, point = content["place"], content["place"]["point"] or {}
    dates = {name: text and date.fromisoformat(text) for name, text in content["dates"].items() if name in DAYS}
    said = Incident(
        sensitivity=incident.sensitivity,
        title=content["title"],
        summary=content["summary"],
        **dates,
        date_precision=content["dates"]["precision"],
        ongoing=content["dates"]["ongoing"],
        country=place["country"],
        place_text=place["text"] or "",
        place_names=place["names"],
        latitude=point.get("lat"),
        longitude=point.get("lon"),
        geo_precision=place["precision"],
        uncertainty_m=place["uncertainty_m"],
        geo_method=place["method"],
    )
    areas = list(AdminArea.objects.filter(pcode__in=[each["pcode"] for each in place["areas"]]))
    said.__dict__[CACHE] = {"areas": areas, "references": [], **{part: [] for part in PARTS}}
    disclosed = disclose(said)
    return {
        "title": dict(disclosed.title),
        "summary": dict(disclosed.summary),
        "dates": compiled(incident_documents.Dates())(disclosed.dates),
        "place": compiled(incident_documents.Place())(disclosed.place),
    }


DAYS = frozenset({"start_earliest", "start_latest", "end_earliest", "end_latest"})


def _hushed(serializer: serializers.Serializer[Any], said: Mapping[str, Any]) -> Content:
    """What a published record, or a part of it, reads as in a highly sensitive incident; texts and codes stay."""
    return {name: _discreet(field, said[name]) for name, field in serializer.fields.items()}


def _discreet(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, Discreetly):
        return field.instead(datetime.fromisoformat(value) if isinstance(field, DiscreetMoment) else value)
    if isinstance(field, serializers.ListSerializer):
        return [_discreet(field.child, each) for each in value]
    if isinstance(field, serializers.Serializer):
        return _hushed(field, value)
    return [] if field.field_name == "covers_areas" else value


def _known(incident: Incident, content: Content) -> dict[str, dict[str, Any]]:
    """{claim: what its published content does not tell, or will not tell any more}, for the derivation."""
    known = known_as_published([content])[content["id"]]
    if incident.sensitivity in DISCREET and not is_discreet(content):
        for claim in content["claims"]:
            days = {"as_of": claim["as_of"], "document_date": (claim["document"] or {}).get("published_on")}
            known.setdefault(claim["id"], {}).update(
                {name: day and date.fromisoformat(day) for name, day in days.items()}
            )
    return known
