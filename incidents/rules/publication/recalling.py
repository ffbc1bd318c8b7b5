"""What the figures of a public incident were derived by, besides what its document says, recalled from the history.

How reliable a source is held to be, whose side it is on, and the days of a highly sensitive incident stand in the
working record alone, which somebody may be editing: what is derived anew from public claims alone must not tell that.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from incidents.choices import PublicKind, ReasonCode
from incidents.models import Claim, Document, Incident, Publication, Source
from incidents.rules.figures.facts import OVERRIDE
from incidents.rules.publication.board import FOLLOWING
from incidents.rules.publication.disclosure import BECAME_PRIVATE
from incidents.rules.publication.rendering import Content, derived_anew, is_discreet, private_facts

Known = dict[str, dict[str, Any]]
# {primary key: its versions, the oldest first}
Lives = dict[int, list[Any]]
# Versions that follow from others, or from what one person did: their figures are derived from those before.
BY_ITSELF = FOLLOWING | {ReasonCode.SCHEMA.value, ReasonCode.RETRACTION.value}
AT_MOST = 50


def known_as_published(contents: Collection[Content]) -> dict[str, Known]:
    """{incident: {claim: what only the working record knows of it}}, as it was when these contents were published.

    That is what the history said at one of an incident's publications, if the same figures follow from it; what two
    people published is asked first. Where none gives them, it is what the record says now. Few queries for all.
    """
    found = {content["id"]: known for content, known in zip(contents, _now(contents), strict=True)}
    moments = moments_of(UUID(key) for key in found)
    pks = dict(Incident.objects.filter(public_id__among=set(map(UUID, found))).values_list("public_id", "pk"))
    claims: dict[int, Lives] = defaultdict(dict)
    for life in lives_of(Claim, incident__among=set(pks.values())).values():
        for row in life:
            claims[row.incident_id].setdefault(row.id, []).append(row)
    said = [row for lives in claims.values() for life in lives.values() for row in life]
    sources = lives_of(Source, id__among={row.asserted_by_id for row in said})
    discreet = {pks.get(UUID(content["id"])) for content in contents if is_discreet(content)}
    documents = lives_of(Document, id__among={row.document_id for row in said if row.incident_id in discreet})
    for content in contents:
        # What an import published rests on earlier ratings than those of that moment (ratings.py).
        key = UUID(content["id"])
        now, own = found[content["id"]], claims.get(pks.get(key, 0), {})
        for moment in moments.get(key, ()) if content["claims"] else ():
            then = now | _known_at(moment, content, own, sources, documents)
            if _gives(then, content):
                found[content["id"]] = then
                break
    return found


def _now(contents: Collection[Content]) -> list[Known]:
    """The same as the record has it now: of the sources that the public reads, or its own for a confidential one."""
    ids = {UUID(claim["id"]) for content in contents for claim in content["claims"]}
    claims = Claim.objects.filter(public_id__among=ids).select_related("asserted_by", "document")
    by_id = {str(each.public_id): each for each in claims}
    asserting = {claim["asserted_by"]["id"] for content in contents for claim in content["claims"]} - {None}
    sources = {str(each.public_id): each for each in Source.objects.filter(public_id__among=set(map(UUID, asserting)))}
    found = []
    for content in contents:
        known: Known = {}
        for said in content["claims"]:
            claim = by_id.get(said["id"])
            if claim is None:
                continue
            known[said["id"]] = private_facts(sources.get(said["asserted_by"]["id"] or "") or claim.asserted_by)
            if is_discreet(content):
                known[said["id"]] |= _days(claim, claim.document)
        found.append(known)
    return found


def _known_at(moment: datetime, content: Content, claims: Lives, sources: Lives, documents: Lives) -> Known:
    """The same at a moment, of the claims of which the history says it."""
    rows = (stood_at(moment, life) for life in claims.values())
    by_id = {str(row.public_id): row for row in rows if row is not None}
    found: Known = {}
    for said in content["claims"]:
        claim = by_id.get(said["id"])
        if claim is None or (source := stood_at(moment, sources.get(claim.asserted_by_id, ()))) is None:
            continue
        found[said["id"]] = private_facts(source)
        if is_discreet(content):
            document = stood_at(moment, documents.get(claim.document_id, ()))
            found[said["id"]] |= _days(claim, document) if document is not None else {}
    return found


def _days(claim: Any, document: Any) -> dict[str, Any]:
    return {"as_of": claim.as_of, "document_date": document.published_on}


def lives_of(model: Any, **which: Any) -> Lives:
    """The versions of each of these rows, from the history; one query."""
    found: Lives = {}
    for row in model.history.filter(**which).order_by("history_date", "history_id"):
        found.setdefault(row.id, []).append(row)
    return found


def stood_at(moment: datetime, life: Iterable[Any]) -> Any:
    """The version that stood at a moment; None where none did yet."""
    return next((row for row in reversed(list(life)) if row.history_date <= moment), None)


def moments_of(keys: Iterable[UUID], kind: PublicKind = PublicKind.INCIDENT) -> dict[UUID, list[datetime]]:
    """When objects of a kind were published, the last first: for their own sake, then otherwise."""
    rows = Publication.objects.filter(kind=kind, object_id__among=set(keys)).order_by("-seq")
    told: dict[UUID, list[tuple[datetime, bool]]] = defaultdict(list)
    for key, at, code, reason in rows.values_list("object_id", "published_at", "reason_code", "reason"):
        if len(told[key]) < AT_MOST:
            told[key].append((at, _by_itself(code, reason)))
    return {
        key: [at for which in (False, True) for at, by_itself in moments if by_itself is which]
        for key, moments in told.items()
    }


def _by_itself(code: str, reason: str) -> bool:
    return code in BY_ITSELF or (code == ReasonCode.PRIVACY and reason in ("", BECAME_PRIVATE))


def _gives(known: Mapping[str, Mapping[str, Any]], content: Content) -> bool:
    """Whether the figures of a content, and which claims they rest on, follow from this."""
    return _figures(derived_anew(content, known)) == _figures(content)


def _figures(content: Content) -> list[Any]:
    uses = [[use[name] for name in ("measure", "status", "used", "reason")] for claim in content["claims"]
            for use in claim["used"]]  # fmt: skip
    return [[each for each in content["estimates"] if each["ruleset"] != OVERRIDE], uses]
