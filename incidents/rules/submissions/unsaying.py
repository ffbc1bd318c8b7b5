"""Taking what undone submissions said out of the published documents, and nothing else.

The working record may hold edits, and what was approved, that no second person published. So a document is not
rendered anew: what the submissions entered is dropped from what is public, the columns that they changed say again what
they said in public before, and the figures are derived anew.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects

from incidents import choices
from incidents.documents.claims import ClaimRecord
from incidents.documents.compiling import compiled
from incidents.documents.incidents import IncidentRecord
from incidents.models import (
    AdminArea,
    Claim,
    Incident,
    IncidentAct,
    Investigation,
    PublicationBody,
    SubmissionPart,
    TargetedGroup,
)
from incidents.models.gathering import CACHE
from incidents.rules.figures.facts import OVERRIDE
from incidents.rules.publication.board import Board, Content, content_of
from incidents.rules.publication.disclosure import disclose
from incidents.rules.publication.naming import take_out
from incidents.rules.publication.parts import Key, key_of_row, key_of_said
from incidents.rules.publication.publishing import INCIDENT, INVESTIGATION, KINDS
from incidents.rules.publication.recalling import known_as_published
from incidents.rules.publication.redacting import absorbed_by
from incidents.rules.publication.rendering import derived_anew, is_discreet
from incidents.rules.publication.settling import settle
from incidents.rules.sentences import worded
from incidents.rules.submissions.restoring import said_since, standing
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import log

Before = Mapping[str, Sequence[Any]]  # {column: [before, after]}, as SubmissionPart.before has it
SAID = {"IncidentAct": "acts", "TargetedGroup": "targeted_groups"}
LINKS = ("relays", "inferred_from", "supersedes")
SPEAKING = ("claims", "attributions", "acts", "targeted_groups")
FACTS = (
    "kind", "title", "summary", "dates", "place", "site_type", "clarity", "civilian_targeting", "grade", "grade_reason",
)  # fmt: skip
RETRACTION = ("retracted_at", "retracted_by", "retraction_reason")
HANGING = ("claims", "attributions", "acts", "targeted_groups", "references")


@dataclass(slots=True)
class Unsaid:
    """What is taken out: claims and attributions by id, acts and groups by what they say, and columns by row.

    Columns are in the order in which they are given back, the last change first.
    """

    ids: set[str] = field(default_factory=set)
    said: dict[int, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    incidents: dict[int, list[Before]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[str, list[tuple[Claim, Before]]] = field(default_factory=lambda: defaultdict(list))
    proofs: dict[int, list[tuple[Any, Sequence[Any]]]] = field(default_factory=lambda: defaultdict(list))

    def out_of(self, content: Content, incident: Incident) -> Content:
        """An incident's content without these, its figures still as they were; the same where it says none of them.

        Raises NotNow where a column said something before that was never public.
        """
        left = content | {name: _without(content[name], self.ids) for name in ("claims", "attributions")}
        standing = {claim["id"] for claim in left["claims"]}
        left["attributions"] = [
            each if each["claim"] in standing else {**each, "claim": None} for each in left["attributions"]
        ]
        discreet = is_discreet(content)
        for table, part in SAID.items():
            rows = [row for each, row in self.said[incident.pk] if each == table]
            gone = Counter(key_of_row(part, row, discreet=discreet) for row in rows)
            left[part] = _fewer(part, left[part], gone, discreet=discreet)
        for row, (before, after) in self.proofs[incident.pk]:
            key = key_of_row("acts", row, discreet=discreet)
            left["acts"] = [
                {**each, "standard_of_proof": before}
                if key_of_said("acts", each, discreet=discreet) == key and each["standard_of_proof"] == after
                else each
                for each in left["acts"]
            ]
        left["claims"] = [self._unretracted(claim, discreet=discreet) for claim in left["claims"]]
        for columns in self.incidents[incident.pk]:
            left = _given_back(left, incident, columns)
        return left

    def _unretracted(self, claim: Content, *, discreet: bool) -> Content:
        for row, columns in self.claims.get(claim["id"], ()):
            said, was = (_retraction(row, columns, which, discreet=discreet) for which in (1, 0))
            if all(claim[name] == said[name] for name in RETRACTION if said[name] != was[name]):
                claim = claim | {name: was[name] for name in RETRACTION if said[name] != was[name]}
        return claim


def unsaid_by(
    entered: Mapping[str, Mapping[int, SubmissionPart]], changed: Iterable[SubmissionPart], undone: Collection[int]
) -> Unsaid:
    """What these parts entered, {table: {row: part}}, and changed in public; asked before their rows go.

    `undone` are the primary keys of the submissions that go.
    """
    unsaid = Unsaid()
    unsaid.ids = {part.object_id for table in ("Claim", "Attribution") for part in entered.get(table, {}).values()}
    tables: tuple[type[IncidentAct | TargetedGroup], ...] = (IncidentAct, TargetedGroup)
    for model in tables:
        rows = model._default_manager.filter(pk__among=set(entered.get(model.__name__, {})))
        for row in rows.select_related("asserted_by", "document"):
            unsaid.said[row.incident_id].append((model.__name__, row))
    changed = list(changed)
    claims: dict[Any, Claim] = Claim.objects.in_bulk([part.row for part in changed if part.table == "Claim"])
    acts = IncidentAct.objects.in_bulk([part.row for part in changed if part.table == "IncidentAct"])
    prefetch_related_objects(list(acts.values()), "asserted_by", "document")
    since = said_since(changed, undone, in_public=True)
    for part in changed:
        columns, pk = part.before or {}, part.row or 0
        if part.table == "Incident":
            stays = since.get(standing(part), frozenset())
            unsaid.incidents[pk].append({name: pair for name, pair in columns.items() if name not in stays})
        elif part.table == "Claim" and pk in claims:
            unsaid.claims[part.object_id].append((claims[pk], columns))
        elif part.table == "IncidentAct" and pk in acts and "standard_of_proof" in columns:
            unsaid.proofs[acts[pk].incident_id].append((acts[pk], columns["standard_of_proof"]))
    return unsaid


def unsay(
    gone: Sequence[Incident | Investigation],
    incidents: Sequence[Incident],
    unsaid: Unsaid,
    brought: Collection[int],
    reason: str,
) -> tuple[list[Incident | Investigation], list[Incident]]:
    """Withdraw these public records, and publish these public incidents without what is unsaid; in one transaction.

    Of the incidents, those that were `brought` (primary keys) by what is unsaid, and of which nothing that stays public
    says anything any more, are withdrawn too. Answers what was withdrawn and what reads otherwise than before.
    """
    with transaction.atomic():
        head, board = log.lock_head(), Board()
        board.load(INCIDENT, [each.public_id for each in incidents])
        withdrawn, left, stood = list(gone), dict[Incident, Content](), list[Content]()
        said = {
            each: (before, unsaid.out_of(before, each))
            for each in incidents
            if (before := board.content(INCIDENT, each.public_id)) is not None
        }
        contents = {str(each.public_id): after for each, (_, after) in said.items() if each.pk in brought}
        unspoken = _unspoken(contents, {str(each.public_id) for each in gone})
        for each, (before, after) in said.items():
            if str(each.public_id) in unspoken:
                withdrawn.append(each)
            elif after != before:
                left[each] = after
                stood.append(before)
        known = known_as_published(stood)
        for each, content in left.items():
            # It is nobody's publication of the record: whoever is editing it stays its author.
            board.put(INCIDENT, each.public_id, derived_anew(content, known[content["id"]]), reason=reason)
        taken: dict[str, set[Any]] = {INCIDENT: set(), INVESTIGATION: set()}
        for kind, keys in taken.items():
            keys.update(each.public_id for each in withdrawn if KINDS[type(each)] == kind)
            board.load(kind, keys)
            for key in sorted(keys):
                take_out(board, kind, key, choices.ReasonCode.RETRACTION.value, reason)
        settle(head, board, taken[INCIDENT], taken[INVESTIGATION], set())
        return withdrawn, list(left)


def _unspoken(contents: Mapping[str, Content], gone: Collection[str]) -> set[str]:
    """Those of these incidents (by id) of which only inquiries and incidents say something that are gone, or go too."""
    going = set(contents)
    while True:
        silent = {each for each in going if not _says_something(contents[each], {*gone, *going})}
        if silent == going:
            return going
        going = silent


def _says_something(content: Content, gone: Collection[str]) -> bool:
    """Whether anybody else than these says something in a content, the desk by a figure of its own included."""
    ours = any(estimate["ruleset"] == OVERRIDE for estimate in content["estimates"])
    linked = [each["incident"]["id"] for each in content["relations"]]
    linked += [each["id"] for each in content["investigations"]]
    return ours or any(content[name] for name in SPEAKING) or any(each not in gone for each in linked)


def _without(rows: Sequence[Content], gone: Collection[str]) -> list[Content]:
    """Claims or attributions without these; what superseded one of them supersedes what that one superseded."""
    earlier = {row["id"]: row["supersedes"] for row in rows if row["id"] in gone}
    standing = {row["id"] for row in rows} - set(earlier)
    left = []
    for each in rows:
        if each["id"] in earlier:
            continue
        row = dict(each)
        for name in LINKS:
            if name in row:
                passed: set[str] = set()
                while name == "supersedes" and row[name] in earlier and row[name] not in passed:
                    passed.add(row[name])
                    row[name] = earlier[row[name]]
                row[name] = row[name] if row[name] in standing else None
        left.append(row)
    return left


def _fewer(part: str, rows: Sequence[Content], gone: Counter[Key], *, discreet: bool) -> list[Content]:
    left, waiting = [], Counter(gone)
    for row in rows:
        key = key_of_said(part, row, discreet=discreet)
        if waiting[key]:
            waiting[key] -= 1
        else:
            left.append(row)
    return left


def _given_back(content: Content, incident: Incident, columns: Before) -> Content:
    """The content with what these columns said before, as far as it says what they were changed to."""
    areas = list(incident.areas.all())
    told, was = (_facts(incident, areas, columns, which) for which in (1, 0))
    undone, stands = _members(told), _members(content)
    differing: dict[str, dict[tuple[str, str], Any]] = defaultdict(dict)
    for place, new in _members(was).items():
        if undone[place] != new:
            differing[place[0]][place] = new
    # A period and a place are one thing each: what somebody said otherwise since stays as a whole.
    changed: dict[tuple[str, str], Any] = {}
    for members in differing.values():
        if all(stands[place] == undone[place] for place in members):
            changed |= members
    if not changed:
        return content
    left = dict(content)
    for (name, member), new in changed.items():
        left[name] = {**left[name], member: new} if member else new
    own = _bodies([incident.public_id])
    names = sorted({name for name, _ in changed if not any(each.get(name) == left[name] for each in own)})
    # Of what was merged into it, that much was taken over: with the rest of a place or a period it was not public.
    absorbed = _bodies(absorbed_by([incident.pk])) if names else []
    for name in names:
        said = {member: new for (each, member), new in changed.items() if each == name}
        if not any(_says(each.get(name), said) for each in absorbed):
            raise NotNow(
                worded(
                    "What %(incident)s said before it was changed was never public (%(field)s): correct it and "
                    "propose to publish it, which takes two people, and undo this then.",
                    incident=incident,
                    field=name,
                )
            )
    return left


def _says(said: Any, members: Mapping[str, Any]) -> bool:
    """Whether a fact says this: a period and a place by their members, any other as a whole."""
    return all((said or {}).get(member) == new if member else said == new for member, new in members.items())


def _bodies(keys: Collection[UUID]) -> list[Content]:
    """What incidents with these ids ever said in public, as far as it was not emptied."""
    bodies = PublicationBody.objects.filter(
        publication__kind=INCIDENT, publication__object_id__in=keys, document__isnull=False
    )
    return [content_of(str(text)) for text in bodies.values_list("document", flat=True)]


def _members(content: Content) -> dict[tuple[str, str], Any]:
    """The facts of an incident one by one: a period and a place have members."""
    found: dict[tuple[str, str], Any] = {}
    for name in FACTS:
        if name in {"dates", "place"}:
            found |= {(name, member): value for member, value in content[name].items()}
        else:
            found[name, ""] = content[name]
    return found


def _facts(incident: Incident, areas: Sequence[AdminArea], columns: Before, which: int) -> Content:
    """The facts of an incident at the sensitivity at which it is public, with these columns' values before or after."""
    row = copy(incident)
    for name, pair in columns.items():
        if name == "areas":
            areas = list(AdminArea.objects.filter(pcode__in=pair[which]).order_by("pcode"))
        elif name != "sensitivity":
            row_field: Any = row._meta.get_field(name)
            setattr(row, row_field.attname, row_field.to_python(pair[which]))
    row.sensitivity = incident.published_sensitivity or incident.sensitivity
    row.__dict__[CACHE] = {name: [] for name in HANGING} | {"areas": areas}
    disclosed = disclose(row)
    row.disclosed = disclosed  # type: ignore[attr-defined]
    context = {"refs": {}, "discreet": disclosed.discreet, "public_claims": {}}
    content: Content = compiled(IncidentRecord(context=context))(row)
    return {name: content[name] for name in FACTS}


def _retraction(claim: Claim, columns: Before, which: int, *, discreet: bool) -> Content:
    row = copy(claim)
    for name, pair in columns.items():
        row_field: Any = row._meta.get_field(name)
        setattr(row, name, row_field.to_python(pair[which]))
    row.__dict__[CACHE] = {name: [] for name in ("covers_areas", "corroborated_by", "cells")}
    content: Content = compiled(ClaimRecord(context={"refs": {}, "discreet": discreet, "public_claims": {}}))(row)
    return {name: content[name] for name in RETRACTION}
