"""The index rows of published objects, as functions of their documents and of the gazetteer.

`write` is called by every publication and by `reindex`; nothing else fills these tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model

from incidents import choices
from incidents.models import (
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
from incidents.models.gathering import columns
from incidents.rules.figures.grouping import perpetrator_groups, place_groups, time_groups
from incidents.rules.figures.rollup import Figure, Key
from incidents.rules.publication import areas, rollups
from incidents.rules.publication.areas import Above, Lying
from incidents.rules.publication.board import TABLES, Content, Told, known_id, told
from incidents.rules.publication.disclosure import interval_end
from incidents.rules.publication.linking import CONTAINS
from incidents.rules.publication.roles import Roles, month_of, months_of
from incidents.rules.publication.searching import words
from incidents.rules.publication.tallies import tallies

BATCH = 500
SORTED = orjson.OPT_SORT_KEYS
KILLED_COLUMNS = ["killed_low", "killed_best", "killed_high", "killed_sort"]
OF_ALL = [*KILLED_COLUMNS, "spread", "first_month", "last_month"]
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
    found = {pk: key for key, pk in _primary_keys(TABLES[kind], ids).items()}
    if not found:
        return
    if kind == choices.PublicKind.INCIDENT:
        rollups.subtract(list(found))
    deleting.delete(TABLES[kind], found.keys())
    PublicMention.objects.filter(holder__among=found.values()).delete()


def write(currents: Sequence[Current], roles: Roles) -> dict[str, int]:
    """Write the index rows of these current documents, in place of any older ones.

    Of incidents in the component that `roles` are of, tallies, killed figures and spread are written with them; the
    others get theirs by `write_figures`. Returns the primary keys of the incidents' new rows by their ids.
    """
    for kind in TABLES:
        remove(kind, [each.object_id for each in currents if each.kind == kind])
    _others(currents)
    incidents = [each for each in currents if each.kind == choices.PublicKind.INCIDENT]
    lying = areas.lying(each.content for each in incidents)
    keys = add(incidents, roles, lying, bulk.reserve(PublicIncident, len(incidents)))
    mention(currents)
    return keys


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


def add(currents: Sequence[Current], roles: Roles, lying: Lying, primary_keys: Sequence[int]) -> dict[str, int]:
    """Write the index rows of incidents of which there are none, under these primary keys; returns these by id."""
    keys = {each.content["id"]: key for each, key in zip(currents, primary_keys, strict=True)}
    children: dict[type[Model], list[Row]] = {
        table: [] for table in (PublicIncidentArea, PublicIncidentAct, PublicIncidentActor)
    }
    children |= {PublicIncidentReference: [], PublicClaim: [], Tally: []}

    def rows() -> Iterator[Row]:
        for each in currents:
            identity = each.content["id"]
            key = keys[identity]
            together = identity in roles.spreads
            figures = _figures(identity, roles) if together else _apart(each.content)
            yield {"id": key, **_incident(each, lying), **figures}
            _add_children(children, key, each, lying.above)
            if together:
                children[Tally] += _tallies(key, identity, roles)

    # Made while these are written, so that every document is gone through once and no list of their rows is kept.
    bulk.insert(PublicIncident, rows())
    for table, made in children.items():
        bulk.insert(table, made)
    return keys


def _add_children(children: Mapping[type[Model], list[Row]], key: int, each: Current, above: Above) -> None:
    content = each.content
    children[PublicIncidentArea] += areas.rows(key, content, above)
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


def write_figures(roles: Roles, written: Mapping[str, int]) -> None:
    """Write tallies, killed figures, spread and containment of every incident of the component anew.

    Their rows are there already; `written` are those that this transaction wrote (`write`), figures included.
    The component holds all that they are connected with by containment.
    """
    component = roles.component
    others = [UUID(key) for key in component.contents if key not in written]
    keys = {key: written[key] for key in component.contents if key in written}
    keys |= {str(key): pk for key, pk in _primary_keys(PublicIncident, others).items()}
    changed = [keys[str(key)] for key in others]
    if changed:
        rollups.subtract(changed)
        Tally.objects.filter(incident__among=changed).delete()
        PublicContainment.objects.filter(ancestor__among=changed).delete()
    _correct(changed, roles)
    bulk.insert(Tally, (row for key in others for row in _tallies(keys[str(key)], str(key), roles)))
    rollups.add(list(keys.values()))
    bulk.insert(
        PublicContainment,
        [
            {"ancestor_id": keys[ancestor], "descendant_id": keys[descendant], "certain": certain}
            for descendant, above in roles.containers.items()
            for ancestor, certain in above.items()
        ],
    )


def _tallies(key: int, identity: str, roles: Roles) -> Iterator[Row]:
    component = roles.component
    return tallies(key, component.contents[identity], component.figures[identity], roles)


def _correct(primary_keys: Sequence[int], roles: Roles) -> None:
    """Bring the columns that hang on the component up to date in rows that this transaction did not write."""
    for pks in _chunks(primary_keys):
        stale = []
        for row in PublicIncident.objects.filter(pk__in=pks).only("public_id", *OF_ALL):
            key = str(row.public_id)
            wanted = _figures(key, roles)
            if any(getattr(row, name) != value for name, value in wanted.items()):
                for name, value in wanted.items():
                    setattr(row, name, value)
                stale.append(row)
        PublicIncident.objects.bulk_update(stale, OF_ALL, batch_size=BATCH)


def _primary_keys(table: type[PublicObject], ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = columns(
        ("primary keys", table),
        lambda some: table._default_manager.filter(public_id__among=some).values("public_id", "pk"),
        table._meta.get_field("public_id"),
        set(ids),
    )
    return dict(rows)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def _figures(identity: str, roles: Roles) -> dict[str, Any]:
    """The columns of an incident that hang on what it is connected with."""
    first, last = roles.reaches[identity]
    of_all = {"spread": roles.spreads[identity], "first_month": first, "last_month": last}
    return _killed(roles.component.figures[identity]) | of_all


def _apart(content: Content) -> dict[str, Any]:
    """The same of one in no component that is at hand: `write_figures` corrects them."""
    first, last = months_of(content)
    return _killed({}) | {"spread": 0, "first_month": first, "last_month": last}


def _killed(figures: Mapping[Key, Figure]) -> dict[str, int | None]:
    """The killed columns from an incident's figures."""
    figure = figures.get(KILLED)
    if figure is None:
        return dict.fromkeys(KILLED_COLUMNS) | {"killed_sort": -1}
    sort = figure.low if figure.best is None else figure.best
    return {"killed_low": figure.low, "killed_best": figure.best, "killed_high": figure.high, "killed_sort": sort}


def _incident(each: Current, lying: Lying) -> dict[str, Any]:
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
        "across_months": month_of(start) != month_of(end),
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
        **time_groups(start, end, dates["precision"]),
        **place_groups(own, lying.above),
        **_shared(each, areas.words_of(content, lying)),
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
        "document": orjson.dumps({**claim, "incident": each.content["id"], "seq": each.seq}, option=SORTED).decode(),
    }


def mention(currents: Sequence[Current]) -> None:
    """Write whom these documents name."""
    bulk.insert(
        PublicMention,
        (
            {"holder_kind": each.kind, "holder": each.object_id, "mentioned": mentioned}
            for each in currents
            for mentioned in each.told.mentions
        ),
    )


def _shared(each: Current, places: frozenset[str] = frozenset()) -> dict[str, Any]:
    return {
        "public_id": each.object_id,
        "seq": each.seq,
        "version": each.version,
        "published_at": each.published_at,
        "document": each.document,
        "search": words(each.told.texts, places),
    }


def _uuid(value: str | None) -> UUID | None:
    return known_id(value) if value else None


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
