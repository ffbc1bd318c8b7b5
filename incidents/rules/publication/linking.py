"""What published objects say of one another: relations, scopes, and figures rolled up through containment.

A link is published by the publication of either end once both are public; an end that is only
being edited stays as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from incidents import choices
from incidents.documents.fields import SourceRef
from incidents.documents.investigations import Statement as StatementDocument
from incidents.models import Incident, IncidentRelation, Scope, Statement
from incidents.models.gathering import columns
from incidents.rules.figures.breakdown import best_of
from incidents.rules.figures.containment import paths
from incidents.rules.figures.questions import meant
from incidents.rules.figures.rollup import Figure, Key, Node, roll_up
from incidents.rules.publication.affiliations import PERPETRATOR, actors_in, name_accused
from incidents.rules.publication.board import Board, Content
from incidents.rules.publication.document_facts import claim_facts, estimates_of, figures_of, uses_of
from incidents.rules.publication.findings import name_inquiries
from incidents.rules.publication.rendering import is_discreet

INCIDENT = choices.PublicKind.INCIDENT.value
INVESTIGATION = choices.PublicKind.INVESTIGATION.value
CONTAINS = choices.RelationType.CONTAINS.value
# What totals need so that nobody is counted twice; any other relation leads from a highly sensitive incident elsewhere.
ENTERING_TOTALS = frozenset({CONTAINS, choices.RelationType.POSSIBLE_DUPLICATE.value})
FEMALE = meant("sex", choices.Sex.FEMALE.value)
CHILDREN = meant("age_group", choices.AgeGroup.CHILD.value)
CERTAIN = frozenset({choices.Certainty.CONFIRMED.value, choices.Certainty.PROBABLE.value})


def incident_ref(content: Content) -> dict[str, Any]:
    return {"id": content["id"], "title": content["title"]}


def relate(board: Board, batch: Iterable[UUID]) -> None:
    """Write the relations between the incidents of `batch` and every published incident into both documents."""
    ids = set(batch)
    rows = columns(
        "relations",
        lambda some: (
            IncidentRelation.objects.filter(
                Q(from_incident__public_id__among=some) | Q(to_incident__public_id__among=some)
            )
            .order_by("id")
            .values("from_incident__public_id", "to_incident__public_id", "pk")
        ),
        Incident._meta.get_field("public_id"),
        ids,
    )
    relations = IncidentRelation.objects.select_related("asserted_by").in_bulk([pk for *_, pk in rows])
    board.load(INCIDENT, [end for start, stop, _ in rows for end in (start, stop)])
    entries: dict[UUID, list[dict[str, Any]]] = {}
    for start, stop, pk in rows:
        for here, there, incoming in ((start, stop, False), (stop, start, True)):
            mine, other = board.content(INCIDENT, here), board.content(INCIDENT, there)
            if mine is None or other is None:
                continue
            if relations[pk].type in ENTERING_TOTALS or not (is_discreet(mine) or is_discreet(other)):
                entries.setdefault(here, []).append(_relation(relations[pk], mine, other, incoming=incoming))
    touched = ids | set(entries) | _named_in_relations(board, ids)
    batch_ids = {str(each) for each in ids}
    for key in sorted(touched, key=lambda each: each.int):
        content = board.content(INCIDENT, key)
        if content is None:
            continue
        kept = [] if key in ids else [r for r in content["relations"] if r["incident"]["id"] not in batch_ids]
        new = sorted(kept + entries.get(key, []), key=_relation_order)
        board.put(INCIDENT, key, content | {"relations": new})


def scope(board: Board, incidents: Iterable[UUID], investigations: Iterable[UUID]) -> None:
    """Write which published investigations look into which published incidents into both documents.

    Which published actors they look at stands in theirs alone. Of a highly sensitive incident neither says so: an
    inquiry's name, mandate and areas lead to a place and a day.
    """
    incident_ids, investigation_ids = set(incidents), set(investigations)
    asked = set(investigation_ids)
    touching = Scope.objects.filter(
        Q(investigation__public_id__among=investigation_ids) | Q(incident__public_id__among=incident_ids)
    )
    investigation_ids |= set(touching.values_list("investigation__public_id", flat=True))
    investigation_ids |= _investigations_naming(board, incident_ids)
    board.load(INVESTIGATION, investigation_ids)
    scopes = Scope.objects.filter(investigation__public_id__among=investigation_ids)
    rows = list(scopes.select_related("actor", "incident", "investigation").order_by("id")) if investigation_ids else []
    touched = set(incident_ids) | {row.incident.public_id for row in rows if row.incident is not None}
    board.load(INCIDENT, touched)
    board.load(PERPETRATOR, [row.actor.public_id for row in rows if row.actor and row.investigation.public_id in asked])
    for key in sorted(investigation_ids, key=str):
        content = board.content(INVESTIGATION, key)
        if content is None:
            continue
        mine = [row for row in rows if row.investigation.public_id == key]
        if key not in asked:
            mine = [row for row in mine if row.incident is not None and row.incident.public_id in incident_ids]
        covered = [(board.content(INCIDENT, row.incident.public_id), row.kind) for row in mine if row.incident]
        scoped: list[dict[str, Any]] = [
            {"incident": incident_ref(other), "kind": kind}
            for other, kind in covered
            if other is not None and not is_discreet(other)
        ]
        actors = actors_in(board, mine) if key in asked else content["actors"]
        if key not in asked:
            scoped += [each for each in content["scope"] if UUID(each["incident"]["id"]) not in incident_ids]
        new = content | {"scope": sorted(scoped, key=lambda each: str(each["incident"]["id"])), "actors": actors}
        statements = _statements(board, key, [UUID(each["incident"]["id"]) for each in scoped])
        if key not in asked:
            statements = _only_about(board, statements, content["statements"], incident_ids)
        board.put(INVESTIGATION, key, new | {"statements": statements})
    _name_investigations(board, touched, investigation_ids)
    name_accused(board)
    name_inquiries(board, incident_ids, asked)


def hush(board: Board, key: UUID) -> None:
    """Take out of the published links of an incident that became highly sensitive what may not be said any more.

    Both ends keep only what totals need. The working record is asked for no relation: what is edited stays there.
    """
    holders = [holder for kind, holder in board.holders([key]) if kind == INCIDENT and holder != key]
    for holder in (key, *holders):
        content = board.content(INCIDENT, holder)
        if content is None:
            continue
        relations = []
        for each in content["relations"]:
            if holder != key and each["incident"]["id"] != str(key):
                relations.append(each)
            elif each["type"] in ENTERING_TOTALS:
                untitled = {"incident": each["incident"] | {"title": {}}} if holder == key else {}
                relations.append(each | untitled | {"reason": None})
        board.put(INCIDENT, holder, content | {"relations": relations})
    scope(board, [key], [])


@dataclass(slots=True)
class Component:
    """Incidents connected by containment, with direct certain and possible children and rolled-up figures."""

    contents: dict[str, Content] = field(default_factory=dict)
    links: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    figures: dict[str, dict[Key, Figure]] = field(default_factory=dict)

    def closure(self) -> dict[str, dict[str, bool]]:
        """{ancestor: {descendant: certain}} by the strongest path."""
        return paths(self.links)


def components(board: Board, ids: Iterable[UUID]) -> Component:
    """All published incidents connected by containment with these, each with its figures rolled up."""
    component = Component()
    waiting = {str(key) for key in ids}
    while waiting:
        board.load(INCIDENT, [UUID(key) for key in waiting])
        found = {key: board.content(INCIDENT, UUID(key)) for key in waiting}
        component.contents.update({key: content for key, content in found.items() if content is not None})
        waiting = {
            relation["incident"]["id"]
            for content in found.values()
            if content is not None
            for relation in content["relations"]
            if relation["type"] == CONTAINS
        } - set(component.contents)
        waiting = {key for key in waiting if board.content(INCIDENT, UUID(key)) is not None}
    for key, content in component.contents.items():
        children = [
            (relation["incident"]["id"], relation["certainty"] in CERTAIN)
            for relation in content["relations"]
            if relation["type"] == CONTAINS and not relation["incoming"]
        ]
        component.links[key] = [(child, sure) for child, sure in children if child in component.contents]
    for key in component.contents:
        _roll(board, component, key)
    return component


def own_figures(board: Board, content: Content) -> dict[Key, Figure]:
    """An incident's own figures by measure, unit, basis and status; a moderator's override stands in its place."""
    estimates, figures = board.figures.get(content["id"], (None, {}))
    if estimates is content["estimates"]:
        return figures
    return figures_of(estimates_of(content), claim_facts(content), uses_of(content))


def write_totals(board: Board, component: Component) -> None:
    """Write the rolled-up totals of every incident of the component into its document."""
    closure = component.closure()
    for key, content in component.contents.items():
        certain = [below for below, sure in closure.get(key, {}).items() if sure]
        new = content | {"totals": totals_of(component, key, certain)}
        component.contents[key] = new
        board.put(INCIDENT, UUID(key), new)


def totals_of(component: Component, key: str, certain: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The totals of one incident's document; `certain` are those that it certainly contains."""
    return [
        {
            "measure": measure,
            "unit": unit,
            "basis": basis,
            "status": status,
            "low": figure.low,
            "best": figure.best,
            "high": figure.high,
            "low_open": figure.low_open,
            "high_open": figure.high_open,
            "contained": sum((measure, unit, basis, status) in component.figures[below] for below in certain),
            "female_best": best_of(figure.decomposition, "sex", FEMALE),
            "child_best": best_of(figure.decomposition, "age_group", CHILDREN),
        }
        for (measure, unit, basis, status), figure in sorted(component.figures[key].items())
    ]


def _roll(board: Board, component: Component, key: str) -> dict[Key, Figure]:
    """Roll up below `key` first, without recursion, then `key`."""
    waiting = [key]
    while waiting:
        current = waiting[-1]
        if current in component.figures:
            waiting.pop()
            continue
        certain = [child for child, sure in component.links[current] if sure]
        open_children = [child for child in certain if child not in component.figures]
        if open_children:
            waiting.extend(open_children)
            continue
        own = own_figures(board, component.contents[current])
        if certain:
            nodes = [_node(component, child) for child in certain]
            own = roll_up(own, nodes, _duplicates(component.contents, certain))
        component.figures[current] = own
        waiting.pop()
    return component.figures[key]


def _node(component: Component, key: str) -> Node:
    start = date.fromisoformat(component.contents[key]["dates"]["start_earliest"])
    return Node(id=key, start_earliest=start, figures=component.figures[key], contains=_certainly_below(component, key))


def _certainly_below(component: Component, key: str) -> set[str]:
    below: set[str] = set()
    waiting = [key]
    while waiting:
        for child, sure in component.links[waiting.pop()]:
            if sure and child not in below:
                below.add(child)
                waiting.append(child)
    return below


def _duplicates(contents: Mapping[str, Content], children: Sequence[str]) -> set[frozenset[str]]:
    among = set(children)
    return {
        frozenset({child, relation["incident"]["id"]})
        for child in children
        for relation in contents[child]["relations"]
        if relation["type"] == choices.RelationType.POSSIBLE_DUPLICATE.value and relation["incident"]["id"] in among
    }


def _relation(row: IncidentRelation, here: Content, other: Content, *, incoming: bool) -> dict[str, Any]:
    return {
        "type": row.type,
        "incoming": incoming,
        "incident": incident_ref(other) | ({"title": {}} if is_discreet(here) else {}),
        "certainty": row.certainty,
        "asserted_by": dict(SourceRef(row.asserted_by).data),
        "reason": None if is_discreet(here) or is_discreet(other) else row.reason or None,
    }


def _relation_order(relation: Mapping[str, Any]) -> tuple[str, bool, str]:
    return relation["type"], relation["incoming"], relation["incident"]["id"]


def _named_in_relations(board: Board, ids: Iterable[UUID]) -> set[UUID]:
    return {key for kind, key in board.holders(ids) if kind == INCIDENT}


def _investigations_naming(board: Board, ids: Iterable[UUID]) -> set[UUID]:
    return {key for kind, key in board.holders(ids) if kind == INVESTIGATION}


def _statements(board: Board, investigation: UUID, incidents: Sequence[UUID]) -> list[dict[str, Any]]:
    statements = (
        Statement.objects.filter(Q(answered_by__public_id=investigation) | Q(about__public_id__among=incidents))
        .select_related("by", "document__publisher", "answered_by", "answer_asserted_by")
        .prefetch_related("about")
        .distinct()
        .order_by(F("on").asc(nulls_last=True), "public_id")
    )
    rendered = []
    for statement in statements:
        if not statement.document.publishable:
            continue
        board.load(INCIDENT, [each.public_id for each in statement.about.all()])
        about = [each for each in statement.about.all() if board.content(INCIDENT, each.public_id) is not None]
        answered = statement.answered_by is not None and statement.answered_by.public_id == investigation
        statement.public_about = []  # type: ignore[attr-defined]
        statement.answered = answered  # type: ignore[attr-defined]
        row = dict(StatementDocument(statement).data)
        named = [board.content(INCIDENT, each.public_id) for each in about]
        told = [each for each in named if each and not is_discreet(each)]
        row["about"] = sorted(map(incident_ref, told), key=lambda each: each["id"])
        row["answer_asserted_by"] = row["answer_asserted_by"] if answered else None
        rendered.append(row)
    return rendered


def _only_about(
    board: Board, statements: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]], incidents: Iterable[UUID]
) -> list[dict[str, Any]]:
    """Of an inquiry's statements, those about these published incidents anew; the others as they were published."""
    anew = {str(key) for key in incidents if board.content(INCIDENT, key) is not None}
    known = {each["id"]: each for each in before}
    kept = []
    for each in statements:
        if anew & {about["id"] for about in each["about"]}:
            kept.append(each)
        elif each["id"] in known:
            kept.append(known[each["id"]] | {"about": each["about"]})
    return kept


def _name_investigations(board: Board, incidents: Iterable[UUID], investigations: Iterable[UUID]) -> None:
    contents = [board.content(INVESTIGATION, key) for key in investigations]
    board.load(INCIDENT, incidents)
    gone = {str(key) for key in investigations}
    for key in sorted(incidents, key=str):
        content = board.content(INCIDENT, key)
        if content is None:
            continue
        kept = [each for each in content["investigations"] if each["id"] not in gone]
        new = [
            {"id": each["id"], "type": each["type"], "name": each["name"], "scope": scoped["kind"]}
            for each in contents
            if each is not None
            for scoped in each["scope"]
            if scoped["incident"]["id"] == str(key)
        ]
        board.put(INCIDENT, key, content | {"investigations": sorted(kept + new, key=lambda each: each["id"])})
