"""The index rows of published objects, as functions of their documents and of the gazetteer.

`write` is called by every publication and by `reindex`; nothing else fills these tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model

from incidents import choices
from incidents.models import (
    AreaClosure,
    AreaName,
    PublicClaim,
    PublicContainment,
    PublicIncident,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentArea,
    PublicIncidentReference,
    PublicInvestigation,
    PublicInvestigationIncident,
    PublicMention,
    PublicObject,
    Tally,
    bulk,
    deleting,
)
from incidents.models.bulk import Row
from incidents.rules.figures.grouping import perpetrator_groups, place_groups, time_groups
from incidents.rules.figures.rollup import Figure, Key
from incidents.rules.publication import rollups
from incidents.rules.publication.board import TABLES, Content, Told, told
from incidents.rules.publication.disclosure import interval_end
from incidents.rules.publication.linking import CONTAINS, Component
from incidents.rules.publication.roles import Roles, spread_alone
from incidents.rules.publication.searching import words
from incidents.rules.publication.tallies import tallies

BATCH = 500
SORTED = orjson.OPT_SORT_KEYS
KILLED_COLUMNS = ["killed_low", "killed_best", "killed_high", "killed_sort"]
KILLED: Key = (choices.Measure.KILLED.value, choices.Unit.PERSON.value, choices.Basis.DOCUMENTED.value, "all")


@dataclass(frozen=True)
class Current:
    """The current document of one published object, as stored in the log."""

    kind: str
    object_id: UUID
    seq: int
    version: int
    published_at: datetime
    document: str
    content: Content

    @cached_property
    def told(self) -> Told:
        """What it names and says, read once for all tables."""
        return told(self.content)


def remove(kind: str, ids: Sequence[UUID]) -> None:
    """Take objects out of the index: they are no longer public."""
    table = TABLES[kind]._default_manager
    found: dict[int, UUID] = dict(table.filter(public_id__among=set(ids)).values_list("pk", "public_id"))
    if not found:
        return
    if kind == choices.PublicKind.INCIDENT:
        rollups.subtract(list(found))
    deleting.delete(TABLES[kind], found.keys())
    PublicMention.objects.filter(holder__among=found.values()).delete()


def write(currents: Sequence[Current], component: Component) -> dict[str, int]:
    """Write the index rows of these current documents, in place of any older ones, without tallies.

    Killed figures are those of `component`, for the incidents that it holds. Returns the primary keys of the
    incidents' new rows by their ids, for `write_figures`.
    """
    for kind in TABLES:
        remove(kind, [each.object_id for each in currents if each.kind == kind])
    _mention(currents)
    _others(currents)
    return _incidents([each for each in currents if each.kind == choices.PublicKind.INCIDENT], component)


def _others(currents: Iterable[Current]) -> None:
    rows: dict[str, list[Row]] = {kind: [] for kind in TABLES}
    scopes: list[tuple[UUID, Content]] = []
    for each in currents:
        if each.kind == choices.PublicKind.INCIDENT:
            continue
        content, shared = each.content, _shared(each)
        if each.kind == choices.PublicKind.SOURCE:
            shared["kind"] = content["kind"]
        elif each.kind == choices.PublicKind.DOCUMENT:
            shared["type"] = content["type"]
            shared["publisher"] = _uuid(content["publisher"]["id"])
            shared["published_on"] = _date(content["published_on"])
        elif each.kind == choices.PublicKind.PERPETRATOR:
            shared |= {"type": content["type"], "identification": content["identification"]}
        elif each.kind == choices.PublicKind.INVESTIGATION:
            body = content["body"]
            shared |= {"type": content["type"], "body": _uuid(body["id"]) if body else None}
            scopes += [(each.object_id, scoped) for scoped in content["scope"]]
        rows[each.kind].append(shared)
    for kind, shared_rows in rows.items():
        bulk.insert(TABLES[kind], shared_rows)
    keys = _primary_keys(PublicInvestigation, [key for key, _ in scopes])
    bulk.insert(
        PublicInvestigationIncident,
        [
            {
                "investigation_id": keys[key],
                "incident_id": UUID(scoped["incident"]["id"]),
                "kind": scoped["kind"],
            }
            for key, scoped in scopes
        ],
    )


def _incidents(currents: Sequence[Current], component: Component) -> dict[str, int]:
    above = _ancestors(currents)
    places = _place_names(currents, above)
    keys = {
        str(each.object_id): key
        for each, key in zip(currents, bulk.reserve(PublicIncident, len(currents)), strict=True)
    }
    children: dict[type[Model], list[Row]] = {
        table: [] for table in (PublicIncidentArea, PublicIncidentAct, PublicIncidentActor)
    }
    children |= {PublicIncidentReference: [], PublicClaim: []}

    def rows() -> Iterator[Row]:
        for each in currents:
            identity = str(each.object_id)
            key = keys[identity]
            killed = _killed(component.figures.get(identity, {}))
            yield {"id": key, **_incident(each, above, places), **killed}
            _add_children(children, key, each, above)

    # Made while they are written: the database has as much to do with these rows as we have.
    bulk.insert(PublicIncident, rows())
    for table, made in children.items():
        bulk.insert(table, made)
    return keys


def _add_children(
    children: Mapping[type[Model], list[Row]], key: int, each: Current, above: Mapping[str, Mapping[str, int]]
) -> None:
    content = each.content
    children[PublicIncidentArea] += _areas(key, content, above)
    children[PublicIncidentAct] += [
        {"incident_id": key, "act": act["act"], "position": position}
        for position, act in enumerate(content["acts"], start=1)
    ]
    children[PublicIncidentActor] += [_actor(key, attribution) for attribution in content["attributions"]]
    children[PublicIncidentReference] += [
        {"incident_id": key, "scheme": reference["scheme"], "key": reference["key"]}
        for reference in content["external_references"]
    ]
    children[PublicClaim] += [_claim(key, each, claim) for claim in content["claims"]]


def write_figures(component: Component, written: Mapping[str, int]) -> None:
    """Write tallies, killed figures, spread and containment of every incident of the component anew.

    Their rows are there already; `written` are those that this transaction wrote (`write`), with their killed figures.
    The component holds all that they are connected with by containment.
    """
    others = [UUID(key) for key in component.contents if key not in written]
    keys = {key: written[key] for key in component.contents if key in written}
    keys |= {str(key): pk for key, pk in _primary_keys(PublicIncident, others).items()}
    changed = [keys[str(key)] for key in others]
    if changed:
        rollups.subtract(changed)
        Tally.objects.filter(incident__among=changed).delete()
        PublicContainment.objects.filter(ancestor__among=changed).delete()
    roles = Roles.of(component)
    _correct(changed, component, roles)
    _correct_spread(written, roles)
    bulk.insert(
        Tally,
        (
            row
            for key, pk in keys.items()
            for row in tallies(pk, component.contents[key], component.figures[key], roles)
        ),
    )
    rollups.add(list(keys.values()))
    bulk.insert(
        PublicContainment,
        [
            {"ancestor_id": keys[ancestor], "descendant_id": keys[descendant], "certain": certain}
            for descendant, above in roles.containers.items()
            for ancestor, certain in above.items()
        ],
    )


def _correct(primary_keys: Sequence[int], component: Component, roles: Roles) -> None:
    """Bring the columns that hang on the component up to date in rows that this transaction did not write."""
    for pks in _chunks(primary_keys):
        stale = []
        for row in PublicIncident.objects.filter(pk__in=pks).only("public_id", "spread", *KILLED_COLUMNS):
            key = str(row.public_id)
            wanted = _killed(component.figures[key]) | {"spread": roles.spreads[key]}
            if any(getattr(row, name) != value for name, value in wanted.items()):
                for name, value in wanted.items():
                    setattr(row, name, value)
                stale.append(row)
        PublicIncident.objects.bulk_update(stale, [*KILLED_COLUMNS, "spread"], batch_size=BATCH)


def _correct_spread(written: Mapping[str, int], roles: Roles) -> None:
    """The same for rows just written as if connected with nothing."""
    by_spread: dict[int, list[int]] = {}
    for key, pk in written.items():
        if key in roles.spreads and roles.spreads[key] != spread_alone(roles.component.contents[key]):
            by_spread.setdefault(roles.spreads[key], []).append(pk)
    for spread, pks in by_spread.items():
        PublicIncident.objects.filter(pk__among=pks).update(spread=spread)


def _primary_keys(table: type[PublicObject], ids: Sequence[UUID]) -> dict[UUID, int]:
    return dict(table._default_manager.filter(public_id__among=set(ids)).values_list("public_id", "pk"))


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def _killed(figures: Mapping[Key, Figure]) -> dict[str, int | None]:
    """The killed columns from an incident's figures."""
    figure = figures.get(KILLED)
    if figure is None:
        return dict.fromkeys(KILLED_COLUMNS) | {"killed_sort": -1}
    sort = figure.low if figure.best is None else figure.best
    return {"killed_low": figure.low, "killed_best": figure.best, "killed_high": figure.high, "killed_sort": sort}


def _incident(each: Current, above: Mapping[str, Mapping[str, int]], places: Mapping[str, Set[str]]) -> dict[str, Any]:
    content = each.content
    dates, place = content["dates"], content["place"]
    start = date.fromisoformat(dates["start_earliest"])
    end = interval_end(start, dates)
    perpetrator, perpetrator_type = perpetrator_groups(content["attributions"])
    own = [area["pcode"] for area in place["areas"]]
    point = place["point"] or {"lat": None, "lon": None}
    return {
        "kind": content["kind"],
        "grade": content["grade"],
        "clarity": content["clarity"],
        "start_earliest": start,
        "interval_end": end,
        "date_precision": dates["precision"],
        "country": place["country"],
        "latitude": point["lat"],
        "longitude": point["lon"],
        "geo_precision": place["precision"],
        "attribution_status": content["attribution_status"],
        "has_investigation": bool(content["investigations"]),
        "has_relations": any(relation["type"] == CONTAINS for relation in content["relations"]),
        "has_itemised_areas": bool(content["by_area"]),
        "act": content["acts"][0]["act"] if content["acts"] else choices.Act.UNKNOWN.value,
        "perpetrator": perpetrator,
        "perpetrator_type": perpetrator_type,
        "spread": spread_alone(content),
        **time_groups(start, end, dates["precision"]),
        **place_groups(own, above),
        **_shared(each, _named_places(each, above, places)),
    }


def _actor(incident: int, attribution: Mapping[str, Any]) -> Row:
    return {
        "incident_id": incident,
        "actor_id": _uuid(attribution["perpetrator"]["id"]),
        "actor_type": attribution["perpetrator"]["type"],
        "asserted_by": _uuid(attribution["asserted_by"]["id"]),
        "role": attribution["role"],
        "position": attribution["position"],
        "extent": attribution["extent"],
        "perpetrating": attribution["perpetrating"],
    }


def _areas(incident: int, content: Content, above: Mapping[str, Mapping[str, int]]) -> list[Row]:
    own = [area["pcode"] for area in content["place"]["areas"]]
    itemised = sorted({estimate["area"] for estimate in content["by_area"]})
    country = content["place"]["country"]
    above_own = above if own else {country: {country: 0}}
    return [
        *_closure(incident, own or [country], above_own, itemised=False),
        *_closure(incident, itemised, above, itemised=True),
    ]


def _closure(
    incident: int, pcodes: Iterable[str], above: Mapping[str, Mapping[str, int]], *, itemised: bool
) -> list[Row]:
    return [
        {"incident_id": incident, "pcode": ancestor, "own_pcode": pcode, "level": level, "itemised": itemised}
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


def _claim(incident: int, each: Current, claim: Mapping[str, Any]) -> Row:
    return {
        "public_id": UUID(claim["id"]),
        "incident_id": incident,
        "asserted_by": _uuid(claim["asserted_by"]["id"]),
        "measure": claim["measure"],
        "status": claim["status"],
        "as_of": _date(claim["as_of"]),
        "retracted": claim["retracted_at"] is not None,
        "seq": each.seq,
        "document": orjson.dumps({**claim, "incident": str(each.object_id), "seq": each.seq}, option=SORTED).decode(),
    }


def _mention(currents: Sequence[Current]) -> None:
    bulk.insert(
        PublicMention,
        (
            {"holder_kind": each.kind, "holder": each.object_id, "mentioned": mentioned}
            for each in currents
            for mentioned in each.told.mentions
        ),
    )


def _place_names(currents: Iterable[Current], above: Mapping[str, Mapping[str, int]]) -> dict[str, set[str]]:
    """{P-code: words of its names in every language} for all that the incidents lie in, countries included."""
    pcodes = {pcode for chain in above.values() for pcode in chain}
    pcodes |= {each.content["place"]["country"] for each in currents}
    named: dict[str, set[str]] = {}
    wanted = sorted(pcodes)
    for start in range(0, len(wanted), BATCH):
        rows = AreaName.objects.filter(area__pcode__in=wanted[start : start + BATCH])
        for pcode, name in rows.values_list("area__pcode", "folded"):
            named.setdefault(pcode, set()).update(name.split())
    return named


def _named_places(each: Current, above: Mapping[str, Mapping[str, int]], places: Mapping[str, Set[str]]) -> set[str]:
    place = each.content["place"]
    pcodes = {place["country"], *(pcode for area in place["areas"] for pcode in above[area["pcode"]])}
    pcodes |= {pcode for estimate in each.content["by_area"] for pcode in above[estimate["area"]]}
    return {word for pcode in pcodes for word in places.get(pcode, ())}


def _shared(each: Current, places: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "public_id": each.object_id,
        "seq": each.seq,
        "version": each.version,
        "published_at": each.published_at,
        "document": each.document,
        "search": words(each.told.texts, places),
    }


@lru_cache(maxsize=10_000)  # thousands of rows name the same sources, documents and perpetrators
def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
