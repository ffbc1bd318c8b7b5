"""Two incidents side by side before they are merged: in which fields they differ, and what would move to the survivor.

Nothing is changed here; the merge is made in merging.py, and decided on in deciding.py.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from incidents.models import (
    Attribution,
    Claim,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    Scope,
    Statement,
    TargetedGroup,
)
from incidents.rules.sameness.merging import CHOOSABLE, WHERE


@dataclass(frozen=True, slots=True)
class Moving:
    """Of one kind of row: how many would move to the survivor, and how many are dropped, since it has the same."""

    kind: type[Any]
    moves: int
    already: int


def differing(one: Incident, other: Incident) -> list[str]:
    """The fields that may be chosen in a merge and in which the two differ, in the order of the record."""
    names = [field.name for field in Incident._meta.concrete_fields if field.name in CHOOSABLE]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def missing(incident: Incident, name: str) -> bool:
    """Whether nobody said anything in this field of an incident."""
    return getattr(incident, name) in (None, "", {})


def fills(absorbed: Incident, survivor: Incident, name: str) -> bool:
    """Whether the absorbed says in a field what nobody said in the survivor; of a point, with what goes along."""
    if name in WHERE:
        return missing(survivor, "latitude") and not missing(absorbed, "latitude")
    return missing(survivor, name)


def moving(survivor: Incident, absorbed: Incident) -> list[Moving]:
    """What hangs on the absorbed incident, by kind; of the same number of queries whatever the number of rows."""
    scopes = Scope.objects.all()
    whole = [
        Moving(Claim, absorbed.claims.count(), 0),
        Moving(Attribution, Attribution.objects.filter(incident=absorbed).count(), 0),
        Moving(TargetedGroup, absorbed.targeted_groups.count(), 0),
    ]
    return [
        *whole,
        _moving(IncidentAct, survivor.acts.all(), absorbed.acts.all(), "act", "asserted_by", "document"),
        _moving(IncidentReference, survivor.references.all(), absorbed.references.all(), "scheme", "key"),
        _relations(survivor, absorbed),
        _moving(Scope, scopes.filter(incident=survivor), scopes.filter(incident=absorbed), "investigation"),
        _moving(Statement, survivor.statements.all(), absorbed.statements.all(), "pk"),
    ]


def _moving(kind: type[Any], have: QuerySet[Any], come: QuerySet[Any], *same: str) -> Moving:
    """Rows that come, counted apart where the survivor has one that says the same."""
    known = set(have.values_list(*same))
    double = [key in known for key in come.values_list(*same)]
    return Moving(kind, double.count(False), double.count(True))


def _relations(survivor: Incident, absorbed: Incident) -> Moving:
    """Relations in both directions; one between the two has no meaning once they are one."""
    moves = already = 0
    for end, other in (("from_incident", "to_incident"), ("to_incident", "from_incident")):
        known = set(IncidentRelation.objects.filter(**{end: survivor}).values_list(other, "type"))
        for key in IncidentRelation.objects.filter(**{end: absorbed}).values_list(other, "type"):
            double = key[0] == survivor.pk or key in known
            moves, already = moves + (not double), already + double
    return Moving(IncidentRelation, moves, already)
