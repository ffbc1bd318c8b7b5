"""From the working record to the content of a document: serialise, then derive the figures.

A content is a document without its place in the log (version, seq, published_at). What other
published objects add to it (relations, totals, investigations) is linking.py's matter.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db.models import F, Prefetch
from rest_framework.serializers import Serializer

from incidents import choices
from incidents.documents import incidents as incident_documents
from incidents.documents import investigations as investigation_documents
from incidents.documents import perpetrators as perpetrator_documents
from incidents.documents import sources as source_documents
from incidents.documents.compiling import compiled
from incidents.models import (
    Actor,
    ActorAlias,
    ActorReference,
    ActorRelation,
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Document,
    EstimateOverride,
    Incident,
    IncidentAct,
    IncidentReference,
    Investigation,
    InvestigationEvent,
    Source,
    TargetedGroup,
)
from incidents.models.gathering import Gathering, among, parts_of
from incidents.rules.figures.breakdown import Part, primary_cut
from incidents.rules.figures.counting import derive, unnamed
from incidents.rules.figures.facts import OVERRIDE, ClaimFacts, Estimate, Use
from incidents.rules.figures.ranges import in_words
from incidents.rules.figures.rollup import Figure, Key
from incidents.rules.publication.coarsening import coarsened, settlements
from incidents.rules.publication.disclosure import GENERIC_TITLES, SETTLEMENT_LEVEL, disclose
from incidents.rules.publication.document_facts import facts_of, figures_of
from incidents.rules.timelines import resolve

Content = dict[str, Any]
# What a claim or an attribution says of others of its incident, by their ids.
LINKS = {"claims": ("relays", "inferred_from", "supersedes"), "attributions": ("claim", "supersedes")}
OVERRIDE_SAYS = ("role", "reason")
MODELS: dict[str, type[Any]] = {
    "claims": Claim, "attributions": Attribution, "acts": IncidentAct, "targeted_groups": TargetedGroup,
}  # fmt: skip


def incidents_to_render(pks: Sequence[int]) -> list[Incident]:
    """Incidents with everything a document needs, in a constant number of queries, by primary key."""
    by_pk = {incident.pk: incident for incident in among(Incident, "pk", set(pks))}
    incidents = [by_pk[pk] for pk in pks if pk in by_pk]
    gathering = Gathering()
    areas = gathering.many(incidents, "areas")
    while areas:
        areas = gathering.named(areas, "parent")
    gathering.parts(incidents, "references", IncidentReference, "incident", ("scheme", "key"))
    gathering.parts(incidents, "overrides", EstimateOverride, "incident", ("id",))
    acts = gathering.parts(incidents, "acts", IncidentAct, "incident", ("rank", "id"))
    groups = gathering.parts(incidents, "targeted_groups", TargetedGroup, "incident", ("id",))
    claims = gathering.parts(incidents, "claims", Claim, "incident", ("id",))
    attributions = gathering.parts(incidents, "attributions", Attribution, "incident", ("id",))
    for rows in (acts, groups, claims, attributions):
        gathering.named(rows, "asserted_by")
        gathering.named(gathering.named(rows, "document"), "publisher")
    gathering.named(claims, "investigation")
    areas = gathering.many(claims, "covers_areas")
    gathering.many(claims, "corroborated_by")
    gathering.named(attributions, "actor", "investigation")
    cells = gathering.parts(claims, "cells", ClaimCell, "claim", ("cut", "id"))
    areas += gathering.named(cells, "area")
    while areas := [area for area in areas if area.level > SETTLEMENT_LEVEL]:
        areas = gathering.named(areas, "parent")
    return incidents


def investigations_to_render(pks: Sequence[int]) -> list[Investigation]:
    """With their events as they happened, undated ones last: left alone, databases differ in where null stands."""
    if not pks:
        return []
    events = InvestigationEvent.objects.select_related("by", "reported_by", "document__publisher", "supersedes")
    rows = (
        Investigation.objects.filter(pk__in=pks)
        .select_related("body", "established_by")
        .prefetch_related(
            "areas",
            Prefetch("events", events.order_by(F("on").asc(nulls_last=True), "id")),
            "deadlines__set_by",
            "recommendations__document__publisher",
            "scopes",
        )
        .order_by("pk")
    )
    return [resolve(each) for each in rows]


_of_thread = threading.local()


def _incident_record(discreet: bool) -> tuple[dict[str, Any], Callable[[Incident], Content]]:
    """This thread's serializer of incidents, compiled, and its context, whose other members are of one rendering."""
    made: dict[bool, tuple[dict[str, Any], Callable[[Incident], Content]]] = _of_thread.__dict__.setdefault("made", {})
    if discreet not in made:
        context: dict[str, Any] = {"discreet": discreet}
        made[discreet] = context, compiled(incident_documents.IncidentRecord(context=context))
    return made[discreet]


class IncidentRenderer:
    """Gives the content of one incident after another; what they refer to is made once and shared."""

    def __init__(self) -> None:
        self._refs: dict[Any, Any] = {}
        self.figures: dict[str, tuple[Any, dict[Key, Figure]]] = {}

    def content(self, incident: Incident) -> Content:
        """The content of an incident from incidents_to_render: the record, its estimates and their trace."""
        disclosed = disclose(incident)
        incident.disclosed = disclosed  # type: ignore[attr-defined]
        discreet = disclosed.discreet
        context, render = _incident_record(discreet)
        context["refs"] = self._refs
        context["public_claims"] = {claim.id: claim.public_id for claim in disclosed.claims}
        context["public_attributions"] = {each.id: each.public_id for each in disclosed.attributions}
        content = render(incident)
        if incident.sensitivity == choices.Sensitivity.MODERATE:
            content["claims"] = coarsened(content["claims"], settlements(_areas_of(disclosed.claims)))
        facts = [
            facts_of(said, **_private(claim, discreet=discreet))
            for said, claim in zip(content["claims"], disclosed.claims, strict=True)
        ]
        figures = _add_figures(content, facts)
        overrides = parts_of(incident, "overrides")
        content["estimates"] += [_override(each, discreet=discreet) for each in overrides]
        if not overrides:
            self.figures[content["id"]] = content["estimates"], figures
        content["attribution_status"] = attribution_status(content["attributions"])
        return content | {"relations": [], "investigations": [], "totals": []}


def _areas_of(claims: Iterable[Claim]) -> Iterator[AdminArea | None]:
    """The areas that these claims and their cells name."""
    for claim in claims:
        yield from parts_of(claim, "covers_areas")
        yield from (cell.area for cell in parts_of(claim, "cells"))


def derived_anew(content: Content, known: Mapping[str, Mapping[str, Any]]) -> Content:
    """An incident's content with links and figures for the claims that it has; a moderator's own estimates stay.

    `known` is {claim: what only the working record knows of it}.
    """
    standing = {row["id"] for part in LINKS for row in content[part]}
    anew = content | {
        part: [row | {name: row[name] if row[name] in standing else None for name in links} for row in content[part]]
        for part, links in LINKS.items()
    }
    facts = [facts_of(said, **known.get(said["id"], {})) for said in anew["claims"]]
    overrides = [estimate for estimate in content["estimates"] if estimate["ruleset"] == OVERRIDE]
    _add_figures(anew, facts)
    hushed = {"override": dict.fromkeys(OVERRIDE_SAYS)} if is_discreet(content) else {}
    anew["estimates"] += [each | hushed for each in overrides]
    anew["attribution_status"] = attribution_status(anew["attributions"])
    return anew


def is_discreet(content: Content) -> bool:
    """Whether an incident's content is that of a highly sensitive one, which tells no day and no document."""
    return content.get("title") == GENERIC_TITLES


def attribution_status(attributions: Iterable[Mapping[str, Any]]) -> str:
    """declared, likely, single_source, contested or unattributed, from an incident's attributions.

    Declared: an actor accepts. Contested: somebody denies or explains otherwise, or two sources each
    attribute the whole to different actors. Likely: a mandated body found it, or two sources agree.
    """
    rows = list(attributions)
    naming = [row for row in rows if row["perpetrating"]]
    if not naming:
        return choices.AttributionStatus.UNATTRIBUTED.value
    if any(row["position"] == choices.Position.ACCEPTS for row in naming):
        return choices.AttributionStatus.DECLARED.value
    denials = {
        choices.Position.DENIES_ACT,
        choices.Position.DENIES_RESPONSIBILITY,
        choices.Position.ALTERNATIVE_EXPLANATION,
    }
    whole = {row["perpetrator"]["id"] for row in naming if row["extent"] == choices.Extent.WHOLE}
    if len(whole) > 1 or any(row["position"] in denials for row in rows):
        return choices.AttributionStatus.CONTESTED.value
    if any(row["position"] == choices.Position.FOUND for row in naming):
        return choices.AttributionStatus.LIKELY.value
    sources: dict[str, set[str | None]] = {}
    for row in naming:
        sources.setdefault(row["perpetrator"]["id"], set()).add(row["asserted_by"]["id"])
    agreed = any(len(found) > 1 for found in sources.values())
    return (choices.AttributionStatus.LIKELY if agreed else choices.AttributionStatus.SINGLE_SOURCE).value


def investigation_content(investigation: Investigation) -> Content:
    """The content of an investigation; scope, actors and statements are added by linking.py.

    What stands in a document that may not be published is left out; of an event only the note.
    """
    content = dict(investigation_documents.InvestigationRecord(investigation, context={"public_claims": {}}).data)
    said = zip(content["recommendations"], investigation.recommendations.all(), strict=True)
    content["recommendations"] = [row for row, each in said if _may_be_named(each.document)]
    happened = zip(content["timeline"], investigation.events.all(), strict=True)
    content["timeline"] = [row if _may_be_named(each.document) else {**row, "note": None} for row, each in happened]
    return content


def _may_be_named(document: Document | None) -> bool:
    return document is None or document.publishable


@cache
def _compiled(serializer: type[Serializer[Any]]) -> Callable[[Any], Content]:
    return compiled(serializer())


def source_content(source: Source) -> Content:
    """The content of a source that is not confidential."""
    return _compiled(source_documents.SourceRecord)(source)


def document_content(document: Document) -> Content:
    """The content of a document that may be published."""
    return _compiled(source_documents.DocumentRecord)(document)


def perpetrators_to_render(actors: Sequence[Actor]) -> None:
    """Read what the documents of these actors need, in a constant number of queries."""
    gathering = Gathering()
    gathering.parts(actors, "aliases", ActorAlias, "actor", ("id",))
    gathering.parts(actors, "references", ActorReference, "actor", ("scheme", "key"))
    relations = gathering.parts(actors, "relations_out", ActorRelation, "from_actor", ("id",))
    gathering.named(relations, "to_actor")


def perpetrator_content(actor: Actor) -> Content:
    """The content of an alleged perpetrator."""
    return _compiled(perpetrator_documents.PerpetratorRecord)(actor)


def private_facts(source: Source) -> dict[str, Any]:
    """What only the working record knows of a claim's source: who it is, how reliable, whose side."""
    return {
        "asserted_by": "" if source.kind == choices.SourceKind.UNATTRIBUTED else str(source.public_id),
        "reliability": source.reliability,
        "affiliated": source.affiliated_with_id is not None,
    }


def _private(claim: Claim, *, discreet: bool) -> dict[str, Any]:
    """What the content of a claim does not tell; where somebody asked for it, as it was published (ratings.py)."""
    days = _days(claim) if discreet else {}
    return private_facts(claim.asserted_by) | days | getattr(claim, "ranked_by", {})


def _days(claim: Claim) -> dict[str, Any]:
    """The days of a claim that a discreet content does not tell."""
    return {"as_of": claim.as_of, "document_date": claim.document.published_on}


class Told(NamedTuple):
    """What the claims of an incident tell: rows of its document, `uses` by claim, and the figures with their parts."""

    estimates: list[dict[str, Any]]
    by_area: list[dict[str, Any]]
    breakdown: list[dict[str, Any]]
    uses: dict[str, list[dict[str, Any]]]
    figures: dict[Key, Figure]


def _add_figures(content: Content, facts: Sequence[ClaimFacts]) -> dict[Key, Figure]:
    """Write the figures of these claims and their trace into the content; returns the figures with their parts."""
    discreet = is_discreet(content)
    if len(facts) != 1 or discreet:
        told = _told(facts, facts if discreet else ())
        for claim in content["claims"]:
            claim["used"] = told.uses.get(claim["id"], [])
        content["estimates"], content["by_area"] = told.estimates, told.by_area
    else:
        only = unnamed(facts[0])
        told, (claim,) = _told_by_one(only), content["claims"]
        claim["used"] = told.uses.get(only.id, [])
        for part in ("estimates", "by_area"):
            content[part] = [row | {"set_by": row["set_by"] and [claim["id"]]} for row in getattr(told, part)]
    content["breakdown"] = told.breakdown
    return told.figures


@lru_cache(maxsize=10_000)
def _told_by_one(claim: ClaimFacts) -> Told:
    """What one claim tells that is the only one of its incident, once for all that are alike."""
    return _told([claim], ())


def _told(facts: Sequence[ClaimFacts], undated: Sequence[ClaimFacts]) -> Told:
    """What these claims tell; the trace names none of the days of those that are `undated`."""
    derivation = derive(facts)
    uses: dict[str, list[dict[str, Any]]] = {}
    for use in derivation.uses:
        row = _columns(use) | {"explanation": _undated(use.explanation, undated)}
        uses.setdefault(row.pop("claim"), []).append(row)
    figures = figures_of(derivation.estimates, facts, derivation.uses)
    breakdown = [
        {"measure": measure, "unit": unit, "basis": basis} | _columns(part)
        for (measure, unit, basis, status), figure in figures.items()
        if status == choices.PersonStatus.ALL
        for part in primary_cut(figure.decomposition)
    ]
    estimates = [_figure(estimate) | {"override": None} for estimate in derivation.estimates]
    return Told(estimates, [_figure(estimate) for estimate in derivation.by_area], breakdown, uses, figures)


def _undated(explanation: str, facts: Iterable[ClaimFacts]) -> str:
    """An explanation that names these claims without their days."""
    for said in sorted(facts, key=lambda each: len(in_words(each)), reverse=True):
        explanation = explanation.replace(in_words(said), in_words(said._replace(as_of=None, document_date=None)))
    return explanation


def _figure(estimate: Estimate) -> dict[str, Any]:
    return _columns(estimate) | {"set_by": list(estimate.set_by)}


def _columns(row: Use | Part | Estimate) -> dict[str, Any]:
    """A flat value as a dict; dataclasses.asdict copies every string of it."""
    return row._asdict() if isinstance(row, tuple) else {name: getattr(row, name) for name in row.__dataclass_fields__}


def _override(override: EstimateOverride, *, discreet: bool) -> dict[str, Any]:
    """A moderator's own row; a known low stands in where no best is stated, as in derived ones (rule 7)."""
    return {
        "measure": override.measure,
        "unit": override.unit,
        "basis": override.basis,
        "status": override.status,
        "low": override.low,
        "best": (override.low or None) if override.best is None else override.best,
        "high": override.high,
        "low_open": False,
        "high_open": False,
        "independent_sources": 0,
        "approximate": False,
        "interpreted": True,
        "set_by": [],
        "ruleset": OVERRIDE,
        "override": {name: None if discreet else getattr(override, name) for name in OVERRIDE_SAYS},
    }
