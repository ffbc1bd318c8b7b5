"""The index rows of published objects, as functions of their documents and of the gazetteer.

`write` is called by every publication and by `reindex`; nothing else fills these tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.models import (
    AreaClosure,
    AreaName,
    PublicClaim,
    PublicContainment,
    PublicDocument,
    PublicIncident,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentArea,
    PublicIncidentReference,
    PublicInvestigation,
    PublicInvestigationIncident,
    PublicMention,
    PublicPerpetrator,
    PublicSource,
    Tally,
)
from incidents.models.folding import fold
from incidents.rules.board import TABLES, Content, mentions
from incidents.rules.disclosure import interval_end
from incidents.rules.grouping import perpetrator_groups, place_groups, time_groups
from incidents.rules.linking import CONTAINS, Component
from incidents.rules.log import canonical
from incidents.rules.rollup import Figure, Key
from incidents.rules.tallies import tallies

BATCH = 500
SEARCH_LENGTH = 20_000
KILLED_COLUMNS = ["killed_low", "killed_best", "killed_high", "killed_sort"]
KILLED: Key = (choices.Measure.KILLED.value, choices.Unit.PERSON.value, choices.Basis.DOCUMENTED.value, "all")


@dataclass(frozen=True, slots=True)
class Current:
    """The current document of one published object, as stored in the log."""

    kind: str
    object_id: UUID
    seq: int
    version: int
    published_at: datetime
    document: str
    content: Content


def remove(kind: str, ids: Sequence[UUID]) -> None:
    """Take objects out of the index: they are no longer public."""
    for start in range(0, len(ids), BATCH):
        chunk = ids[start : start + BATCH]
        TABLES[kind]._default_manager.filter(public_id__in=chunk).delete()
        PublicMention.objects.filter(holder__in=chunk).delete()


def write(currents: Sequence[Current], component: Component) -> None:
    """Write the index rows of these current documents, in place of any older ones, without tallies.

    Killed figures are those of `component`, for the incidents that it holds.
    """
    for kind in TABLES:
        remove(kind, [each.object_id for each in currents if each.kind == kind])
    _mention(currents)
    _incidents([each for each in currents if each.kind == choices.PublicKind.INCIDENT], component)
    _others(currents)


def _others(currents: Iterable[Current]) -> None:
    sources, documents, perpetrators, investigations = [], [], [], []
    for each in currents:
        content, shared = each.content, _shared(each)
        if each.kind == choices.PublicKind.SOURCE:
            sources.append(PublicSource(kind=content["kind"], **shared))
        elif each.kind == choices.PublicKind.DOCUMENT:
            documents.append(
                PublicDocument(
                    type=content["type"],
                    publisher=_uuid(content["publisher"]["id"]),
                    published_on=_date(content["published_on"]),
                    **shared,
                )
            )
        elif each.kind == choices.PublicKind.PERPETRATOR:
            perpetrators.append(
                PublicPerpetrator(type=content["type"], identification=content["identification"], **shared)
            )
        elif each.kind == choices.PublicKind.INVESTIGATION:
            body = content["body"]
            investigations.append(
                PublicInvestigation(type=content["type"], body=_uuid(body["id"]) if body else None, **shared)
            )
    PublicSource.objects.bulk_create(sources, batch_size=BATCH)
    PublicDocument.objects.bulk_create(documents, batch_size=BATCH)
    PublicPerpetrator.objects.bulk_create(perpetrators, batch_size=BATCH)
    PublicInvestigation.objects.bulk_create(investigations, batch_size=BATCH)
    contents = {each.object_id: each.content for each in currents}
    PublicInvestigationIncident.objects.bulk_create(
        [
            PublicInvestigationIncident(
                investigation=row, incident_id=UUID(scoped["incident"]["id"]), kind=scoped["kind"]
            )
            for row in investigations
            for scoped in contents[row.public_id]["scope"]
        ],
        batch_size=BATCH,
    )


def _incidents(currents: Sequence[Current], component: Component) -> None:
    above = _ancestors(currents)
    places = _place_names(currents, above)
    rows = {each.object_id: _incident(each, above, places) for each in currents}
    for key, row in rows.items():
        _set_killed(row, component.figures.get(str(key), {}))
    PublicIncident.objects.bulk_create(rows.values(), batch_size=BATCH)
    areas, acts, actors, references, claims = [], [], [], [], []
    for each in currents:
        row, content = rows[each.object_id], each.content
        areas += _areas(row, content, above)
        acts += [
            PublicIncidentAct(incident=row, act=act["act"], position=position)
            for position, act in enumerate(content["acts"], start=1)
        ]
        actors += [
            PublicIncidentActor(
                incident=row,
                actor_id=UUID(attribution["perpetrator"]["id"]),
                actor_type=attribution["perpetrator"]["type"],
                asserted_by=_uuid(attribution["asserted_by"]["id"]),
                role=attribution["role"],
                position=attribution["position"],
                extent=attribution["extent"],
                perpetrating=attribution["perpetrating"],
            )
            for attribution in content["attributions"]
        ]
        references += [PublicIncidentReference(incident=row, **each) for each in content["external_references"]]
        claims += [_claim(row, each, claim) for claim in content["claims"]]
    PublicIncidentArea.objects.bulk_create(areas, batch_size=BATCH)
    PublicIncidentAct.objects.bulk_create(acts, batch_size=BATCH)
    PublicIncidentActor.objects.bulk_create(actors, batch_size=BATCH)
    PublicIncidentReference.objects.bulk_create(references, batch_size=BATCH)
    PublicClaim.objects.bulk_create(claims, batch_size=BATCH)


def write_figures(component: Component) -> None:
    """Write tallies, killed figures and containment of every incident of the component anew.

    Their rows are there already (`write`); the component holds all that they are connected with by containment.
    """
    keys = [UUID(key) for key in component.contents]
    rows: dict[str, PublicIncident] = {}
    for start in range(0, len(keys), BATCH):
        for row in PublicIncident.objects.filter(public_id__in=keys[start : start + BATCH]).defer("document"):
            rows[str(row.public_id)] = row
    primary_keys = [row.pk for row in rows.values()]
    for start in range(0, len(primary_keys), BATCH):
        chunk = primary_keys[start : start + BATCH]
        Tally.objects.filter(incident__in=chunk).delete()
        PublicContainment.objects.filter(ancestor__in=chunk).delete()
    Tally.objects.bulk_create(
        [tally for key, row in rows.items() for tally in tallies(row, component.contents[key], component.figures[key])],
        batch_size=BATCH,
    )
    closure = component.closure()
    PublicContainment.objects.bulk_create(
        [
            PublicContainment(ancestor=rows[ancestor], descendant=rows[descendant], certain=certain)
            for ancestor, below in closure.items()
            for descendant, certain in below.items()
        ],
        batch_size=BATCH,
    )
    stale = [row for key, row in rows.items() if _set_killed(row, component.figures[key])]
    PublicIncident.objects.bulk_update(stale, KILLED_COLUMNS, batch_size=BATCH)


def _set_killed(row: PublicIncident, figures: Mapping[Key, Figure]) -> bool:
    """Set the killed columns from an incident's figures; answers whether that changed them."""
    before = [getattr(row, name) for name in KILLED_COLUMNS]
    figure = figures.get(KILLED)
    row.killed_low = figure.low if figure else None
    row.killed_best = figure.best if figure else None
    row.killed_high = figure.high if figure else None
    row.killed_sort = -1 if figure is None else figure.low if figure.best is None else figure.best
    return before != [getattr(row, name) for name in KILLED_COLUMNS]


def _incident(
    each: Current, above: Mapping[str, Mapping[str, int]], places: Mapping[str, Sequence[str]]
) -> PublicIncident:
    content = each.content
    dates, place = content["dates"], content["place"]
    start = date.fromisoformat(dates["start_earliest"])
    end = interval_end(start, dates)
    perpetrator, perpetrator_type = perpetrator_groups(content["attributions"])
    own = [area["pcode"] for area in place["areas"]]
    point = place["point"] or {"lat": None, "lon": None}
    return PublicIncident(
        kind=content["kind"],
        grade=content["grade"],
        clarity=content["clarity"],
        start_earliest=start,
        interval_end=end,
        date_precision=dates["precision"],
        country=place["country"],
        latitude=point["lat"],
        longitude=point["lon"],
        geo_precision=place["precision"],
        attribution_status=content["attribution_status"],
        has_investigation=bool(content["investigations"]),
        has_relations=any(relation["type"] == CONTAINS for relation in content["relations"]),
        has_itemised_areas=bool(content["by_area"]),
        act=content["acts"][0]["act"] if content["acts"] else choices.Act.UNKNOWN.value,
        perpetrator=perpetrator,
        perpetrator_type=perpetrator_type,
        **time_groups(start, end, dates["precision"]),
        **place_groups(own, above),
        **_shared(each, _named_places(each, above, places)),
    )


def _areas(row: PublicIncident, content: Content, above: Mapping[str, Mapping[str, int]]) -> list[PublicIncidentArea]:
    own = [area["pcode"] for area in content["place"]["areas"]]
    itemised = sorted({estimate["area"] for estimate in content["by_area"]})
    country = content["place"]["country"]
    if not own:
        return [
            PublicIncidentArea(incident=row, pcode=country, own_pcode=country, level=0),
            *_closure(row, itemised, above, itemised=True),
        ]
    return [*_closure(row, own, above, itemised=False), *_closure(row, itemised, above, itemised=True)]


def _closure(
    row: PublicIncident, pcodes: Iterable[str], above: Mapping[str, Mapping[str, int]], *, itemised: bool
) -> list[PublicIncidentArea]:
    return [
        PublicIncidentArea(incident=row, pcode=ancestor, own_pcode=pcode, level=level, itemised=itemised)
        for pcode in pcodes
        for ancestor, level in above[pcode].items()
    ]


def _ancestors(currents: Iterable[Current]) -> dict[str, dict[str, int]]:
    """{P-code: {ancestor P-code, itself included: its level}} for every area that the documents name."""
    named: dict[str, int] = {}
    for each in currents:
        named.update({area["pcode"]: area["level"] for area in each.content["place"]["areas"]})
        named.update({estimate["area"]: 0 for estimate in each.content["by_area"]})
    above: dict[str, dict[str, int]] = {}
    pcodes = sorted(named)
    for start in range(0, len(pcodes), BATCH):
        rows = AreaClosure.objects.filter(descendant__pcode__in=pcodes[start : start + BATCH])
        for below, ancestor, level in rows.values_list("descendant__pcode", "ancestor__pcode", "ancestor__level"):
            above.setdefault(below, {})[ancestor] = level
    for pcode in pcodes:
        above.setdefault(pcode, {pcode: named[pcode]})
    return above


def _claim(row: PublicIncident, each: Current, claim: Mapping[str, Any]) -> PublicClaim:
    return PublicClaim(
        public_id=UUID(claim["id"]),
        incident=row,
        asserted_by=_uuid(claim["asserted_by"]["id"]),
        measure=claim["measure"],
        status=claim["status"],
        as_of=_date(claim["as_of"]),
        retracted=claim["retracted_at"] is not None,
        seq=each.seq,
        document=canonical({**claim, "incident": str(each.object_id), "seq": each.seq}),
    )


def _mention(currents: Sequence[Current]) -> None:
    PublicMention.objects.bulk_create(
        [
            PublicMention(holder_kind=each.kind, holder=each.object_id, mentioned=mentioned)
            for each in currents
            for mentioned in sorted(mentions(each.content), key=str)
        ],
        batch_size=BATCH,
    )


def _place_names(currents: Iterable[Current], above: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    """{P-code: its names and aliases in every language} for all that the incidents lie in, countries included."""
    pcodes = {pcode for chain in above.values() for pcode in chain}
    pcodes |= {each.content["place"]["country"] for each in currents}
    named: dict[str, list[str]] = {}
    wanted = sorted(pcodes)
    for start in range(0, len(wanted), BATCH):
        rows = AreaName.objects.filter(area__pcode__in=wanted[start : start + BATCH])
        for pcode, name in rows.values_list("area__pcode", "folded"):
            named.setdefault(pcode, []).append(name)
    return named


def _named_places(
    each: Current, above: Mapping[str, Mapping[str, int]], places: Mapping[str, Sequence[str]]
) -> list[str]:
    place = each.content["place"]
    pcodes = {place["country"], *(pcode for area in place["areas"] for pcode in above[area["pcode"]])}
    pcodes |= {pcode for estimate in each.content["by_area"] for pcode in above[estimate["area"]]}
    return [name for pcode in sorted(pcodes) for name in places.get(pcode, ())]


def _shared(each: Current, places: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "public_id": each.object_id,
        "seq": each.seq,
        "version": each.version,
        "published_at": each.published_at,
        "document": each.document,
        "search": _search(each.content, places),
    }


def _search(content: Content, places: Sequence[str]) -> str:
    """The folded words by which an object is found: names, titles, summaries, places, who is named in it."""
    words = list(places)
    _words({name: value for name, value in content.items() if name not in {"relations", "statements"}}, words)
    return " ".join(sorted(set(fold(" ".join(words)).split())))[:SEARCH_LENGTH]


TEXTS = frozenset({"name", "title", "summary", "names", "group", "mandate"})
TEXT = frozenset({"text", "unit_as_written"})


def _words(value: Any, words: list[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _words(each, words)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in TEXTS and isinstance(each, dict):
                words.extend(each.values())
            elif (name in TEXT | TEXTS and isinstance(each, str)) or (name == "key" and isinstance(each, str)):
                words.append(each)
            else:
                _words(each, words)


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
