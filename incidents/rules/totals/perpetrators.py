"""What is alleged of perpetrators: by whom, in how many incidents, and how many victims that comes to as a range.

Counted when it is read, over the published incidents; how a perpetrator itself reads is its document's matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet, UUIDField

from incidents import choices
from incidents.models import PublicContainment, PublicIncidentActor, Tally
from incidents.rules.figures.containment import Candidate, Share, total
from incidents.rules.figures.questions import ALL
from incidents.rules.figures.sums import Sum
from incidents.rules.totals.standing_in import Certain, certainly, resolved, unfilled

BASIS = choices.Basis.DOCUMENTED.value
UNIT = choices.Unit.PERSON.value


# Whole where somebody attributes all of it: low and best; else the figure stands in high alone. As containment.total
# has it, a known low stands in where no best was stated.
ALONE = """
    SELECT n.actor_id, t.measure,
        SUM(CASE WHEN n.whole = 1 THEN t.low ELSE 0 END),
        SUM(CASE WHEN n.whole = 1 THEN COALESCE(t.best, t.low) ELSE 0 END),
        SUM(CASE WHEN n.whole = 1 AND (t.best IS NOT NULL OR t.low > 0) THEN 1 ELSE 0 END),
        SUM(t.high),
        SUM(CASE WHEN n.whole = 1 AND t.low_open THEN 1 ELSE 0 END),
        SUM(CASE WHEN t.high_open THEN 1 ELSE 0 END),
        COUNT(*)
    FROM (
        SELECT actor_id, incident_id, MAX(CASE WHEN extent = 'whole' THEN 1 ELSE 0 END) AS whole
        FROM incidents_publicincidentactor WHERE perpetrating AND actor_id IN ({marks}) GROUP BY actor_id, incident_id
    ) n
    JOIN incidents_publicincident i ON i.id = n.incident_id AND NOT i.has_relations AND i.grade <> 'discounted'
    JOIN incidents_tally t ON t.incident_id = i.id AND t.unit = 'person' AND t.basis = 'documented'
        AND t.of_status = 'all' AND t.dimension = ''
    GROUP BY n.actor_id, t.measure
"""

# Distinct first: a count of distinct incidents would sort them, however many there are.
SAID = """
    SELECT actor_id, asserted_by, n."position", n."role", n."extent", COUNT(*)
    FROM (
        SELECT DISTINCT actor_id, asserted_by, "position", "role", "extent", incident_id
        FROM incidents_publicincidentactor WHERE perpetrating AND actor_id IN ({marks})
    ) n
    GROUP BY actor_id, asserted_by, n."position", n."role", n."extent"
"""
NUMBER = """
    SELECT actor_id, COUNT(*)
    FROM (
        SELECT DISTINCT actor_id, incident_id
        FROM incidents_publicincidentactor WHERE perpetrating AND actor_id IN ({marks})
    ) n
    GROUP BY actor_id
"""


@dataclass(frozen=True, slots=True)
class Allegation:
    """Who says it (null for confidential sources), with what position, role and extent, of how many incidents."""

    asserted_by: UUID | None
    position: str
    role: str
    extent: str
    incidents: int


@dataclass(frozen=True, slots=True)
class Alleged:
    """What is alleged of one perpetrator, in how many incidents, and the victims of each measure in persons."""

    allegations: tuple[Allegation, ...]
    incidents: int
    victims: Mapping[str, Sum]


@dataclass(frozen=True, slots=True)
class _Named:
    """One incident in which a perpetrator is named; whole where somebody attributes all of it."""

    incident: int
    public_id: UUID
    grade: str
    summary: bool
    whole: bool


def alleged(ids: Sequence[UUID], alias: str) -> dict[UUID, Alleged]:
    """What is alleged of each of these perpetrators, in a few queries however many incidents there are.

    Counts as `victims` does under a filter for that one perpetrator: documented figures in persons, discounted
    incidents left out, extent whole in low, best and high, part or unstated in high only (domain.md section 4).
    The count of incidents has all of them.
    """
    attributions = PublicIncidentActor.objects.filter(actor_id__in=ids, perpetrating=True)
    allegations = _allegations(ids, alias)
    related = attributions.filter(incident__has_relations=True)
    named = _named(related.using(alias))
    figures = _figures(related, alias)
    containers = _containers(related, alias)
    counts = {_uuid(actor): number for actor, number in _asked(NUMBER, ids, alias)}
    alone = _alone(ids, alias)
    candidates = {key: _candidates(named.get(key, ()), figures, containers) for key in ids}
    empty = {key for several in candidates.values() for these in several.values() for key in unfilled(these)}
    certain = certainly(empty, alias)
    return {
        key: Alleged(
            allegations=tuple(allegations.get(key, ())),
            incidents=counts.get(key, 0),
            victims=_both(alone.get(key, {}), _victims(candidates[key], certain)),
        )
        for key in ids
    }


def _alone(ids: Sequence[UUID], alias: str) -> dict[UUID, dict[str, Sum]]:
    """What the figures of incidents without relations come to, by perpetrator and measure, added up by the database."""
    found: dict[UUID, dict[str, Sum]] = {}
    for actor, measure, low, best, known, high, low_open, high_open, incidents in _asked(ALONE, ids, alias):
        figure = Sum(low, int(best) if known else None, high, bool(low_open), bool(high_open), incidents)
        found.setdefault(_uuid(actor), {})[measure] = figure
    return found


def _asked(statement: str, ids: Sequence[UUID], alias: str) -> list[tuple[Any, ...]]:
    """The rows of a statement about these perpetrators."""
    if not ids:
        return []
    connection = connections[alias]
    adapted = [UUIDField().get_db_prep_value(key, connection) for key in ids]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(marks=", ".join(["%s"] * len(ids))), adapted)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _uuid(value: Any) -> UUID:
    """SQLite keeps ids as text."""
    return value if isinstance(value, UUID) else UUID(value)


def _both(one: Mapping[str, Sum], other: Mapping[str, Sum]) -> dict[str, Sum]:
    return {
        measure: one[measure] + other[measure] if measure in one and measure in other
        else one.get(measure) or other[measure]
        for measure in sorted({*one, *other})
    }  # fmt: skip


def _allegations(ids: Sequence[UUID], alias: str) -> dict[UUID, list[Allegation]]:
    found: dict[UUID, list[Allegation]] = {}
    for actor, asserted_by, position, role, extent, incidents in _asked(SAID, ids, alias):
        said = Allegation(_uuid(asserted_by) if asserted_by else None, position, role, extent, incidents)
        found.setdefault(_uuid(actor), []).append(said)
    for several in found.values():
        several.sort(key=lambda one: (-one.incidents, str(one.asserted_by), one.position, one.role, one.extent))
    return found


def _named(attributions: QuerySet[PublicIncidentActor]) -> dict[UUID, list[_Named]]:
    """The incidents that name each perpetrator, each once."""
    wholes: dict[UUID, dict[int, _Named]] = {}
    columns = ("actor_id", "incident_id", "incident__public_id", "incident__grade", "incident__clarity", "extent")
    for actor, incident, public_id, grade, clarity, extent in attributions.values_list(*columns):
        known = wholes.setdefault(actor, {})
        whole = extent == choices.Extent.WHOLE or (incident in known and known[incident].whole)
        known[incident] = _Named(incident, public_id, grade, clarity == choices.Clarity.SUMMARY, whole)
    return {actor: list(known.values()) for actor, known in wholes.items()}


def _figures(attributions: QuerySet[PublicIncidentActor], alias: str) -> dict[int, list[Tally]]:
    """The whole figures of every measure, by incident."""
    rows = Tally.objects.using(alias).filter(
        incident__in=attributions.values("incident"), unit=UNIT, basis=BASIS, of_status=ALL, dimension=""
    )
    found: dict[int, list[Tally]] = {}
    for row in rows.order_by("measure"):
        found.setdefault(row.incident_id, []).append(row)
    return found


def _containers(attributions: QuerySet[PublicIncidentActor], alias: str) -> dict[int, dict[str, bool]]:
    rows = PublicContainment.objects.using(alias).filter(descendant__in=attributions.values("incident"))
    found: dict[int, dict[str, bool]] = {}
    for below, above, certain in rows.values_list("descendant_id", "ancestor__public_id", "certain"):
        found.setdefault(below, {})[str(above)] = certain
    return found


def _candidates(
    named: Iterable[_Named], figures: Mapping[int, Sequence[Tally]], containers: Mapping[int, Mapping[str, bool]]
) -> dict[str, dict[int, Candidate]]:
    """{measure: its figures by incident}."""
    candidates: dict[str, dict[int, Candidate]] = {}
    for each in named:
        if each.grade == choices.Grade.DISCOUNTED:
            continue
        for figure in figures.get(each.incident, ()):
            candidate = Candidate(
                id=str(each.public_id),
                share=Share.FULL if each.whole else Share.STRADDLING,
                clarity_summary=each.summary,
                low=figure.low,
                best=figure.best,
                high=figure.high,
                low_open=figure.low_open,
                high_open=figure.high_open,
                own=figure.own,
                containers=containers.get(each.incident, {}),
            )
            candidates.setdefault(figure.measure, {})[each.incident] = candidate
    return candidates


def _victims(candidates: Mapping[str, Mapping[int, Candidate]], certain: Certain) -> dict[str, Sum]:
    """{measure: what its figures come to}, in the order of the measures' codes."""
    return {
        measure: total(resolved(several, unfilled(several), certain)).total
        for measure, several in sorted(candidates.items())
    }
